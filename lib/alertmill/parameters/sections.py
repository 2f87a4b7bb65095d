"""Groups of parameters of a training run."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from alertmill.parameters.form import allow_packed, unpack
from alertmill.parameters.section import Section
from alertmill.vocabulary import CheckCode, LabelKnowledge, PromotionMode

DEFAULT_LABEL_STRATEGY = "address_label"
"""Name of the label strategy that reads risk levels."""
DISPOSITION_LABEL_STRATEGY = "disposition"
"""Name of the label strategy that reads the decisions of reviewers first."""
DEFAULT_TRAINER = "boosted_trees"
"""Name of the trainer of LightGBM models."""

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class LabelParameters(Section):
    """What counts as a true alert, and what is known of it when."""

    strategy: str = Field(
        DEFAULT_LABEL_STRATEGY,
        title="Label strategy",
        min_length=1,
        description="Rule for positive and negative alerts: address_label, disposition, a name "
        "registered as an entry point of alertmill.label_strategies, or package.module:Class.",
    )
    knowledge: LabelKnowledge = Field(
        LabelKnowledge.END_OF_RANGE,
        title="Knowledge of labels",
        description="end_of_range: labels known before the first test day, for the test those "
        "known at the end of the data. as_of: labels known maturity_days after each alert.",
    )
    maturity_days: int = Field(
        0,
        title="Label maturity (days)",
        ge=0,
        le=3660,
        description="Days that an alert has to be labelled; younger ones are left out of training, "
        "validation and test, and counted. Lengthens the embargo. 0: none is too young.",
    )


class SplitParameters(Section):
    """How the daily snapshots are divided over time, counted back from the last one.

    The training range is what is left before the first embargo. Neighbouring windows share
    transactions, and a label needs time to arrive, so an embargo is at least as long as the window
    and the label maturity together.
    """

    validation_days: int = Field(
        10,
        title="Validation days",
        ge=1,
        description="Snapshots for early stopping, calibration and the threshold.",
    )
    test_days: int = Field(
        14, title="Test days", ge=1, description="Latest snapshots, scored once at the end."
    )
    embargo_days: int | None = Field(
        None,
        title="Embargo (days)",
        ge=0,
        description="Days left out between training and validation and again between validation "
        "and test. Not set: window_days + labels.maturity_days, which is also the least allowed.",
    )
    n_origins: int = Field(
        4,
        title="Test ranges",
        ge=1,
        le=50,
        description="Number of test ranges, the run's own among them. Before an earlier one the "
        "same procedure trains a model of its own, as long as half of the development days are "
        "left. 1: no earlier one.",
    )


class TuningParameters(Section):
    """How the hyperparameters are searched."""

    n_trials: int = Field(
        8,
        title="Bayesian trials",
        ge=1,
        le=1000,
        description="Number of trials of the Bayesian (TPE) search.",
    )
    n_random_trials: int = Field(
        4,
        title="Random trials",
        ge=0,
        le=1000,
        description="Number of trials of the random search.",
    )
    grid_points: int = Field(
        2,
        title="Grid points per axis",
        ge=0,
        le=10,
        description="Values per axis of the two-dimensional grid search; 0: none.",
    )
    cv_folds: int = Field(
        3,
        title="Cross-validation folds",
        ge=2,
        le=10,
        description="Number of time-and-address folds inside the training range.",
    )
    max_minutes: float | None = Field(
        None,
        title="Time limit (minutes)",
        gt=0,
        description="Minutes after which no further trial starts; the default trial always runs. "
        "Not set: no limit.",
    )
    prune: bool = Field(
        default=True,
        title="Stop weak trials early",
        description="Early stop of random and Bayesian trials that are among the worst quarter at "
        "equal progress; they count as trials and are never chosen.",
    )
    n_parallel_trials: int = Field(
        1,
        title="Parallel trials",
        ge=1,
        le=64,
        description="Number of trials at the same time; they share the threads. With more than 1, "
        "the order in which trials end decides which points are tried, so that a search cannot be "
        "repeated exactly.",
    )
    n_noise_seeds: int = Field(
        5,
        title="Seeds for the noise of tuning",
        ge=0,
        le=100,
        description="Number of further seeds with which the best trial and the default "
        "hyperparameters are measured. Unless the best trial is better by more than one standard "
        "error, the defaults ship; 0: judged by the seed of the search alone.",
    )


class LeakScreenParameters(Section):
    """When a run stops because its features know what they must not know."""

    limit: float = Field(
        0.95,
        title="Largest ROC AUC of a feature",
        gt=0.5,
        le=1,
        description="Largest ROC AUC that a single feature may have on the training alerts.",
    )
    overruled: Annotated[dict[str, _Text], BeforeValidator(unpack)] = Field(
        {},
        title="Overruled features",
        description="Features whose findings do not stop the run, each with the reason that the "
        "report shows. permuted_labels stands for the leak check without a feature.",
        json_schema_extra=allow_packed(
            r'[^"\\]+', expected='features with reasons, such as {"n_alerts": "known at the time"}'
        ),
    )


class ComparisonParameters(Section):
    """Which registered models are measured on the same test, beside the baselines and the champion.

    Every further rival makes the correction for their number stricter.
    """

    models: tuple[_Text, ...] = Field(
        (),
        title="Models",
        description="Ids of registered models; alertmill models lists them. Report 06 lists those "
        "that may not be compared, with the reason.",
    )
    n_latest: int = Field(
        0,
        title="Latest models",
        ge=0,
        le=20,
        description="Number of most recent models of the same network, type and window.",
    )


class PromotionParameters(Section):
    """What follows from a run's decision about its model, and on which terms it decides."""

    mode: PromotionMode = Field(
        PromotionMode.PROPOSE,
        title="Mode",
        description="off: nothing follows. propose: a model that should become the champion is "
        "proposed, and a person promotes or rejects it. auto: it becomes the champion.",
    )
    margin: float = Field(
        0.05,
        title="Margin of average precision",
        ge=-1,
        le=1,
        description="Loss of average precision on new addresses against the champion that is "
        "accepted, at the lower end of the interval of the difference. Below 0: required gain.",
    )
    min_confirmed_addresses: int = Field(
        20,
        title="Least confirmed addresses",
        ge=2,
        description="Least number of new test addresses with a confirmed alert; with fewer the "
        "decision is undecided, also about a first model.",
    )
    min_resamples: int = Field(
        200,
        title="Least resamples",
        ge=50,
        le=10_000,
        description="Least number of address resamples (n_bootstrap) behind the interval; with "
        "fewer the decision is undecided.",
    )
    calibration_bias: float = Field(
        0.05,
        title="Largest calibration bias",
        ge=0,
        le=1,
        description="Largest accepted calibration bias (mean probability minus share of confirmed "
        "alerts). AM006 finds an issue when the whole interval lies outside ± this value.",
    )
    segment_roc_auc: float = Field(
        0.5,
        title="Least ROC AUC of a segment",
        ge=0,
        le=1,
        description="Least ROC AUC of a segment of the test. AM007 finds an issue when the upper "
        "end of a segment's interval is lower.",
    )


class ChecksParameters(Section):
    """Which of the coded checks nobody needs to act on."""

    muted: Annotated[dict[CheckCode, _Text], BeforeValidator(unpack)] = Field(
        {},
        title="Muted checks",
        description="Codes of checks, such as AM011, whose issues need no attention and prevent no "
        "promotion, each with the reason that the report shows. See docs/checks.md.",
        json_schema_extra=allow_packed(
            "|".join(CheckCode),
            expected='codes of checks with reasons, such as {"AM011": "a pilot"}',
        ),
    )


class ComputingParameters(Section):
    """How the model is fitted and measured."""

    trainer: str = Field(
        DEFAULT_TRAINER,
        title="Trainer",
        min_length=1,
        description="Class that fits the model: boosted_trees, a name registered as an entry point "
        "of alertmill.trainers, or package.module:Class, a subclass of ModelTrainer.",
    )
    n_seeds: int = Field(
        5,
        title="Seeds averaged",
        ge=1,
        le=20,
        description="Number of fits with consecutive seeds whose mean is the model that ships.",
    )
    n_bootstrap: int = Field(
        400,
        title="Bootstrap resamples",
        ge=50,
        le=10_000,
        description="Number of address resamples behind every interval.",
    )
    n_threads: int = Field(
        2,
        title="Threads",
        ge=1,
        description="Number of threads of LightGBM; a part of the model's text.",
    )
    groups: tuple[_Text, ...] = Field(
        (),
        title="Groups",
        description="Further columns of the alerts, or features, by whose values report 08 "
        "compares recall and false alarms; numbers of many values are cut into quarters. Suspected "
        "type, age, volume and network are always compared.",
    )
