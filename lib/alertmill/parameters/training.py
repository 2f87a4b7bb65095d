"""Parameters of a training run, kept in its parameters.json."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from alertmill.dates import check_range
from alertmill.errors import DateRangeError
from alertmill.parameters.section import Section
from alertmill.vocabulary import LabelKnowledge, ModelType, Network, PromotionMode

DEFAULT_LABEL_STRATEGY = "address_label"
DEFAULT_TRAINER = "boosted_trees"


class SplitParameters(Section):
    """How the daily snapshots are divided over time, counted back from the last one.

    The training range is what is left before the first embargo. Neighbouring windows share
    transactions, and a label needs time to arrive, so an embargo is at least as long as the window
    and the label maturity together.
    """

    validation_days: int = Field(
        10, ge=1, description="Snapshots for early stopping, calibration and the threshold."
    )
    test_days: int = Field(14, ge=1, description="Latest snapshots, scored once at the end.")
    embargo_days: int | None = Field(
        None,
        ge=0,
        description="Days left out between training and validation and again between validation "
        "and test. Not set: window_days + label_maturity_days, which is also the least allowed.",
    )


class TuningParameters(Section):
    """How the hyperparameters are searched."""

    n_trials: int = Field(8, ge=1, le=1000, description="Trials of the Bayesian (TPE) search.")
    n_random_trials: int = Field(4, ge=0, le=1000, description="Trials of the random search.")
    grid_points: int = Field(
        2, ge=0, le=10, description="Values per axis of the two-dimensional grid search; 0: none."
    )
    cv_folds: int = Field(
        3, ge=2, le=10, description="Time-and-address folds inside the training range."
    )
    max_minutes: float | None = Field(
        None,
        gt=0,
        description="Minutes after which no trial is begun; the defaults are measured all the "
        "same. Not set: as many trials as asked for, however long they take.",
    )
    prune: bool = Field(
        default=True,
        description="Stop random and Bayesian trials that are among the worst quarter at equal "
        "progress; they count as trials and are never chosen.",
    )
    n_parallel_trials: int = Field(
        1,
        ge=1,
        le=64,
        description="Trials at the same time; they share n_threads. More than 1: which point the "
        "Bayesian search tries, and which trial is pruned, depend on the order in which trials "
        "end, so the same search may end otherwise.",
    )
    n_noise_seeds: int = Field(
        5,
        ge=0,
        le=100,
        description="Other seeds with which the chosen and the default hyperparameters are "
        "measured again, to tell how much of the gain is noise; 0: none.",
    )


class LeakScreenParameters(Section):
    """When a run stops because its features know what they must not know."""

    limit: float = Field(
        0.95,
        gt=0.5,
        le=1,
        description="Largest ROC AUC that a single feature may have on the training alerts.",
    )
    overruled: dict[str, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]] = (
        Field(
            {},
            description="Features whose findings do not stop the run, each with the reason, which "
            "stands in the report. permuted_labels is the check that names no feature.",
        )
    )


class ComparisonParameters(Section):
    """Which tracked models are measured on the same test, beside the baselines and the champion.

    Every further rival makes the correction for their number stricter.
    """

    models: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...] = (
        Field(
            (),
            description="Ids of tracked models; alertmill models lists them. Report 06 names those "
            "that may not be compared, with the reason.",
        )
    )
    n_latest: int = Field(
        0,
        ge=0,
        le=20,
        description="So many of the latest tracked models of the same network, type and window.",
    )


class PromotionParameters(Section):
    """What follows from a run's decision about its model, and on which terms it decides."""

    mode: PromotionMode = Field(
        PromotionMode.PROPOSE,
        description="off: nothing follows. propose: a model that should become the champion is "
        "proposed, and a person promotes or rejects it. auto: it becomes the champion.",
    )
    margin: float = Field(
        0.05,
        ge=-1,
        le=1,
        description="Loss of average precision on new addresses against the champion that is "
        "accepted, at the lower end of the interval of the difference. Below 0: required gain.",
    )
    min_confirmed_addresses: int = Field(
        20,
        ge=2,
        description="Least number of new test addresses with a confirmed alert; with fewer the "
        "decision is undecided, also about a first model.",
    )
    min_resamples: int = Field(
        200,
        ge=50,
        le=10_000,
        description="Least number of address resamples (n_bootstrap) behind the interval; with "
        "fewer the decision is undecided.",
    )
    calibration_bias: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Largest accepted calibration bias (mean probability minus share of confirmed "
        "alerts). AM006 finds an issue when the whole interval lies outside ± this value.",
    )
    segment_roc_auc: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Least ROC AUC of a segment of the test. AM007 finds an issue when the upper "
        "end of a segment's interval is lower.",
    )


class ChecksParameters(Section):
    """Which of the coded checks nobody needs to act on."""

    muted: dict[
        Annotated[str, StringConstraints(pattern=r"^AM\d{3}$")],
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)],
    ] = Field(
        {},
        description="Codes of checks whose issues neither need attention nor keep the model from "
        "being promoted, each with the reason, which stands in the report. See docs/checks.md.",
    )


class TrainingParameters(Section):
    """What one training run is about."""

    network: Network = Field(description="Blockchain whose alerts are scored.")
    start_date: date = Field(description="First processing date, inclusive.")
    end_date: date = Field(description="Last processing date, inclusive.")
    window_days: int = Field(
        7, ge=1, le=366, description="Length of the snapshots' window in days."
    )
    model_type: ModelType = Field(
        ModelType.ALERT_SCORER,
        description="alert_scorer: the probability that an alert is a true one. alert_ranker: the "
        "order in which the alerts of a day are reviewed. cluster_scorer: the probability that a "
        "cluster holds a true one.",
    )
    trainer: str = Field(
        DEFAULT_TRAINER,
        min_length=1,
        description="Who fits the model: boosted_trees, a name registered as an entry point of "
        "alertmill.trainers, or package.module:Class, a subclass of ModelTrainer.",
    )
    review_budget: int = Field(
        20,
        ge=1,
        description="Alerts the team reviews a day: the k of precision and recall at budget.",
    )
    label_strategy: str = Field(
        DEFAULT_LABEL_STRATEGY,
        min_length=1,
        description="What counts as positive and negative: address_label, a name registered as an "
        "entry point of alertmill.label_strategies, or package.module:Class.",
    )
    label_knowledge: LabelKnowledge = Field(
        LabelKnowledge.END_OF_RANGE,
        description="end_of_range: labels known before the first test day, for the test those "
        "known at the end of the data. as_of: labels known label_maturity_days after each alert.",
    )
    label_maturity_days: int = Field(
        0,
        ge=0,
        le=3660,
        description="Days that an alert has to be labelled; younger ones are left out of training, "
        "validation and test, and counted. Lengthens the embargo. 0: none is too young.",
    )
    split: SplitParameters = Field(SplitParameters(), description="Division over time.")
    tuning: TuningParameters = Field(TuningParameters(), description="Hyperparameter search.")
    leak_screen: LeakScreenParameters = Field(
        LeakScreenParameters(), description="Checks that stop a run whose features know too much."
    )
    comparison: ComparisonParameters = Field(
        ComparisonParameters(), description="Tracked models to compare with."
    )
    promotion: PromotionParameters = Field(
        PromotionParameters(), description="When the model becomes the champion by itself."
    )
    checks: ChecksParameters = Field(ChecksParameters(), description="Coded checks to mute.")
    n_bootstrap: int = Field(
        400, ge=50, le=10_000, description="Address resamples behind every interval."
    )
    seed: int = Field(7, ge=0, description="Seed of everything random in the run.")
    n_threads: int = Field(
        2, ge=1, description="Threads of LightGBM. Part of the model's text, hence a parameter."
    )

    @model_validator(mode="after")
    def _check_dates(self) -> Self:
        try:
            check_range(self.start_date, self.end_date)
        except DateRangeError as error:
            # pydantic turns a ValueError into its own error, with the message kept
            raise ValueError(str(error)) from None
        return self

    @model_validator(mode="after")
    def _check_embargo(self) -> Self:
        given = self.split.embargo_days
        if given is not None and given < self._least_embargo_days:
            raise ValueError(
                f"split.embargo_days is {given}, shorter than window_days ({self.window_days}) and "
                f"label_maturity_days ({self.label_maturity_days}) together: neighbouring windows "
                "would share transactions across the split, or labels come too late for it; leave "
                "it out or make it at least as long as both."
            )
        return self

    @property
    def embargo_days(self) -> int:
        """Days between two ranges: as given, else window and label maturity together."""
        given = self.split.embargo_days
        return self._least_embargo_days if given is None else given

    @property
    def _least_embargo_days(self) -> int:
        return self.window_days + self.label_maturity_days
