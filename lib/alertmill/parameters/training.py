"""Parameters of a training run, kept in its parameters.json."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from alertmill.dates import check_range
from alertmill.errors import DateRangeError
from alertmill.parameters.section import Section
from alertmill.vocabulary import CheckCode, LabelKnowledge, ModelType, Network, PromotionMode

DEFAULT_LABEL_STRATEGY = "address_label"
DEFAULT_TRAINER = "boosted_trees"

_OLD_NAMES = {
    "label_strategy": ("labels", "strategy"),
    "label_knowledge": ("labels", "knowledge"),
    "label_maturity_days": ("labels", "maturity_days"),
    "trainer": ("computing", "trainer"),
    "n_bootstrap": ("computing", "n_bootstrap"),
    "n_threads": ("computing", "n_threads"),
}
"""Section and field of what older run folders hold outside a section."""


class LabelParameters(Section):
    """What counts as a true alert, and what is known of it when."""

    strategy: str = Field(
        DEFAULT_LABEL_STRATEGY,
        title="Label strategy",
        min_length=1,
        description="Rule for positive and negative alerts: address_label, a name registered as "
        "an entry point of alertmill.label_strategies, or package.module:Class.",
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
        description="Number of further seeds with which the chosen and the default "
        "hyperparameters are measured, to estimate the noise in the gain; 0: none.",
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
    overruled: dict[str, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]] = (
        Field(
            {},
            title="Overruled features",
            description="Features whose findings do not stop the run, each with the reason that "
            "the report shows. permuted_labels stands for the leak check without a feature.",
        )
    )


class ComparisonParameters(Section):
    """Which tracked models are measured on the same test, beside the baselines and the champion.

    Every further rival makes the correction for their number stricter.
    """

    models: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...] = (
        Field(
            (),
            title="Models",
            description="Ids of tracked models; alertmill models lists them. Report 06 lists those "
            "that may not be compared, with the reason.",
        )
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

    muted: dict[
        CheckCode,
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)],
    ] = Field(
        {},
        title="Muted checks",
        description="Codes of checks, such as AM011, whose issues need no attention and prevent no "
        "promotion, each with the reason that the report shows. See docs/checks.md.",
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


class DateRange(Section):
    """Data of a run: the network and the processing dates."""

    network: Network = Field(title="Network", description="Blockchain whose alerts are scored.")
    start_date: date = Field(title="First date", description="First processing date, inclusive.")
    end_date: date = Field(title="Last date", description="Last processing date, inclusive.")


class TrainingChoices(Section):
    """What a training run varies besides its data; the most often changed fields come first."""

    window_days: int = Field(
        7,
        title="Window (days)",
        ge=1,
        le=366,
        description="Length of the snapshots' window in days.",
    )
    model_type: ModelType = Field(
        ModelType.ALERT_SCORER,
        title="Model type",
        description="alert_scorer: the probability that an alert is a true one. alert_ranker: the "
        "order in which the alerts of a day are reviewed. cluster_scorer: the probability that a "
        "cluster holds a true one.",
    )
    review_budget: int = Field(
        20,
        title="Review budget (alerts a day)",
        ge=1,
        description="Alerts the team reviews a day: the k of precision and recall at budget.",
    )
    seed: int = Field(7, title="Seed", ge=0, description="Seed of everything random in the run.")
    labels: LabelParameters = Field(
        LabelParameters(), title="Labels", description="What is positive, and known when."
    )
    split: SplitParameters = Field(
        SplitParameters(), title="Split", description="Division over time."
    )
    tuning: TuningParameters = Field(
        TuningParameters(), title="Tuning", description="Search of the hyperparameters."
    )
    comparison: ComparisonParameters = Field(
        ComparisonParameters(), title="Comparison", description="Tracked models to compare with."
    )
    promotion: PromotionParameters = Field(
        PromotionParameters(),
        title="Promotion",
        description="Conditions under which the model becomes the champion.",
    )
    checks: ChecksParameters = Field(
        ChecksParameters(), title="Checks", description="Coded checks to mute."
    )
    leak_screen: LeakScreenParameters = Field(
        LeakScreenParameters(),
        title="Leak screen",
        description="Checks that stop a run whose features know the label or the future.",
    )
    computing: ComputingParameters = Field(
        ComputingParameters(), title="Computing", description="Trainer, resamples and threads."
    )

    @model_validator(mode="before")
    @classmethod
    def _move_old_names(cls, given: object) -> object:
        """Read what older versions wrote: six fields that had no section yet."""
        return _in_sections(given) if isinstance(given, Mapping) else given

    @model_validator(mode="after")
    def _check_embargo(self) -> Self:
        given = self.split.embargo_days
        if given is not None and given < self._least_embargo_days:
            raise ValueError(
                f"split.embargo_days is {given}, shorter than window_days ({self.window_days}) and "
                f"labels.maturity_days ({self.labels.maturity_days}) together: neighbouring "
                "windows would share transactions across the split, or labels come too late for "
                "it; leave it out or make it at least as long as both."
            )
        return self

    @property
    def embargo_days(self) -> int:
        """Days between two ranges: as given, else window and label maturity together."""
        given = self.split.embargo_days
        return self._least_embargo_days if given is None else given

    @property
    def _least_embargo_days(self) -> int:
        return self.window_days + self.labels.maturity_days


class TrainingParameters(TrainingChoices, DateRange):
    """What one training run is about, with the dates that were resolved for it."""

    @model_validator(mode="after")
    def _check_dates(self) -> Self:
        try:
            check_range(self.start_date, self.end_date)
        except DateRangeError as error:
            # pydantic turns a ValueError into its own error, with the message kept
            raise ValueError(str(error)) from None
        return self


def _in_sections(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with old names moved into their sections."""
    moved = {name: value for name, value in given.items() if name not in _OLD_NAMES}
    for name in _OLD_NAMES.keys() & given.keys():
        section, field = _OLD_NAMES[name]
        moved[section] = {**_as_mapping(moved.get(section, {})), field: given[name]}
    return moved


def _as_mapping(section: Section | Mapping[str, Any]) -> Mapping[str, Any]:
    return section.model_dump() if isinstance(section, Section) else section
