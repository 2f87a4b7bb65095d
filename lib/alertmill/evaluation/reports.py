"""What an evaluation and a comparison of models found, as written to the run folder."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self, get_args

import polars as pl
from pydantic import ConfigDict, Field, model_validator

from alertmill.cards import Card
from alertmill.errors import UnknownNameError
from alertmill.evaluation.intervals import value_text
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.permutation import SIGNIFICANCE_LEVEL
from alertmill.frozen_model import FrozenModel
from alertmill.wording import counted

Population = Literal["validation", "test_all", "test_known", "test_new"]
"""Whose alerts are measured; known and new tell whether the address alerted before."""

POPULATIONS: tuple[Population, ...] = get_args(Population)

ALL_SEGMENTS = "all"
HEADLINE_METRICS = ("average_precision", "precision_at_budget", "recall_at_budget", "roc_auc")


class _Report(FrozenModel):
    model_config = ConfigDict(allow_inf_nan=False)


class MetricValue(_Report):
    """One metric of one model on one population, or in words why there is none."""

    model: str
    split: Population
    segment: str = Field(ALL_SEGMENTS, description="'all', or column=value such as severity=high.")
    metric: str
    value: float | None
    ci_low: float | None = Field(description="Lower end of the 95 % interval by address.")
    ci_high: float | None = Field(description="Upper end of the 95 % interval by address.")
    n_rows: int = Field(description="Labelled alerts measured.")
    n_addresses: int = Field(description="Distinct addresses of those alerts.")
    n_positives: int = Field(description="Labelled alerts that were confirmed.")
    note: str = Field("", description="Why the value or its interval is missing, else empty.")

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        if None in (self.value, self.ci_low, self.ci_high) and not self.note:
            raise ValueError(f"{self.metric} has no value or no interval, and no note says why")
        return self

    @property
    def text(self) -> str:
        """The value with its interval, for example ``0.431 (0.352 to 0.514)``, or the note."""
        return value_text(self.value, self.ci_low, self.ci_high, self.note)


class PopulationSize(_Report):
    """How much there was to measure on."""

    split: Population
    n_days: int
    n_alerts: int
    n_labelled: int
    n_positives: int
    n_addresses: int = Field(description="Distinct addresses among all alerts.")
    n_positive_addresses: int = Field(description="Addresses with a confirmed alert.")
    n_negative_addresses: int = Field(description="Addresses with a cleared alert.")


class ModelThreshold(_Report):
    """Score from which a model's alerts are reviewed, chosen on validation for the budget."""

    model: str
    threshold: float
    validation_alerts_per_day: float = Field(description="Alerts at or above it on validation.")


class Evaluation(Card, _Report):
    """Every metric of every model on every population."""

    threshold: float = Field(description="Threshold of the model itself.")
    review_budget: int = Field(description="Alerts reviewed a day.")
    thresholds: tuple[ModelThreshold, ...] = ()
    populations: tuple[PopulationSize, ...] = ()
    metrics: tuple[MetricValue, ...]

    def facts(self) -> dict[str, object]:
        """Return the models, and the first one's headline metrics on all addresses of the test."""
        place = (self.models[0], "test_all", ALL_SEGMENTS) if self.models else None
        headline = {
            entry.metric.replace("_", " "): f"{entry.value:.3f}"
            for entry in self.metrics
            if (entry.model, entry.split, entry.segment) == place
            and entry.metric in HEADLINE_METRICS
            and entry.value is not None
        }
        return {
            "models": ", ".join(self.models),
            "review budget": f"{counted(self.review_budget, 'alert')} a day",
            **headline,
        }

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models measured, this run's first."""
        return tuple(dict.fromkeys(entry.model for entry in self.metrics))

    @property
    def headline(self) -> tuple[MetricValue, ...]:
        """What a reader wants first: this run's model on all and on new addresses of the test."""
        return tuple(
            self.get("model", metric, split=split)
            for metric in HEADLINE_METRICS
            for split in ("test_all", "test_new")
        )

    def get(
        self,
        model: str,
        metric: str,
        *,
        split: str = "test_all",
        segment: str = ALL_SEGMENTS,
    ) -> MetricValue:
        """Find one metric.

        Raises
        ------
        UnknownNameError
            If it was not measured; the message lists what was.
        """
        wanted = (model, split, segment, metric)
        for entry in self.metrics:
            if (entry.model, entry.split, entry.segment, entry.metric) == wanted:
                return entry
        known = {f"{e.model}/{e.split}/{e.segment}/{e.metric}" for e in self.metrics}
        raise UnknownNameError.of("metric", "/".join(wanted), known)

    def table(
        self,
        *,
        models: tuple[str, ...] | None = None,
        metrics: tuple[str, ...] | None = None,
        splits: tuple[str, ...] | None = None,
        segment: str | None = ALL_SEGMENTS,
    ) -> pl.DataFrame:
        """Return one row per metric value, with the columns of `MetricValue`; None keeps all.

        Raises
        ------
        UnknownNameError
            If a model, metric, split or segment was not measured.
        """
        asked = (
            ("model", models),
            ("metric", metrics),
            ("split", splits),
            ("segment", None if segment is None else (segment,)),
        )
        for column, names in asked:
            self._check_measured(column, names)
        wanted = [
            entry.model_dump()
            for entry in self.metrics
            if (models is None or entry.model in models)
            and (metrics is None or entry.metric in metrics)
            and (splits is None or entry.split in splits)
            and (segment is None or entry.segment == segment)
        ]
        return pl.DataFrame(wanted, schema=_METRIC_SCHEMA)

    def _check_measured(self, column: str, names: tuple[str, ...] | None) -> None:
        measured = {getattr(entry, column) for entry in self.metrics}
        known = set(POPULATIONS) if column == "split" else measured
        for name in names or ():
            if name not in known:
                raise UnknownNameError.of(column, name, known)

    def threshold_of(self, model: str) -> float:
        """Threshold of one model.

        Raises
        ------
        UnknownNameError
            If the model was not evaluated.
        """
        for entry in self.thresholds:
            if entry.model == model:
                return entry.threshold
        raise UnknownNameError.of("model", model, [entry.model for entry in self.thresholds])


class Standing(StrEnum):
    """What a paired test allows to say of the model and a rival."""

    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "not shown"
    """A difference may be there or not."""


class PairedDifference(_Report):
    """The model against a rival on the same alerts: model minus rival."""

    model: str
    rival: str
    split: Population
    metric: str
    value: float | None
    rival_value: float | None
    difference: float | None
    ci_low: float | None = Field(description="Lower end of the 95 % interval of the difference.")
    ci_high: float | None = Field(description="Upper end of the 95 % interval of the difference.")
    p_value: float | None = Field(description="Two-sided, swapping both scores of an address.")
    p_adjusted: float | None = Field(
        description="Holm over all rivals with the same metric and split."
    )
    n_rows: int
    n_addresses: int
    n_positives: int
    note: str = ""

    @property
    def standing(self) -> Standing | None:
        """The one decision of this comparison, by the adjusted p-value; None if it has none."""
        if self.p_adjusted is None or self.difference is None:
            return None
        if self.p_adjusted > SIGNIFICANCE_LEVEL:
            return Standing.NOT_SHOWN
        is_better = (self.difference > 0) == METRIC_BY_NAME[self.metric].higher_is_better
        return Standing.BETTER if is_better else Standing.WORSE


class Candidate(_Report):
    """A model or ensemble that could be chosen."""

    model: str
    validation: float | None = Field(description="Selection metric on validation.")
    validation_standard_error: float | None
    deficit: float | None = Field(None, description="Value of the best on validation less this.")
    deficit_standard_error: float | None = Field(
        None, description="Of the deficit, on the same resamples of addresses."
    )
    test: float | None = Field(description="Selection metric on test; not used to choose.")
    test_ci_low: float | None
    test_ci_high: float | None
    note: str = ""


class Selection(_Report):
    """Which candidate validation prefers, and what the test says of it afterwards."""

    metric: str
    best: str | None = Field(description="Highest on validation.")
    second: str | None
    test_difference: float | None = Field(description="Best minus second on test.")
    test_difference_ci_low: float | None
    test_difference_ci_high: float | None
    simplest_within_one_error: str | None = Field(
        description="Simplest candidate whose deficit to the best on validation is at most one "
        "standard error of that deficit."
    )
    candidates: tuple[Candidate, ...]
    note: str = ""


class StackingReport(_Report):
    """How the stacked mixture weighs the log-odds of both models, or why there is none."""

    model: float | None = Field(description="Weight of this model's log-odds, at least 0.")
    logistic: float | None = Field(description="Weight of the logistic regression's.")
    intercept: float | None
    n_folds: int = Field(description="Folds of addresses behind its validation values.")
    note: str = ""


class Comparison(_Report):
    """Paired tests of the model against its rivals and ensembles, and the choice among them."""

    review_budget: int
    n_permutations: int
    differences: tuple[PairedDifference, ...]
    selection: Selection
    stacking: StackingReport | None = Field(
        None, description="None without a logistic regression, and in runs of before it."
    )

    def table(self) -> pl.DataFrame:
        """One row per difference, with the columns of `PairedDifference`."""
        rows = [entry.model_dump() for entry in self.differences]
        return pl.DataFrame(rows, schema=_DIFFERENCE_SCHEMA)


def _schema_of(report: type[_Report]) -> dict[str, type[pl.DataType]]:
    kinds: dict[object, type[pl.DataType]] = {int: pl.Int64, float | None: pl.Float64}
    return {
        name: kinds.get(field.annotation, pl.String) for name, field in report.model_fields.items()
    }


_METRIC_SCHEMA = _schema_of(MetricValue)
_DIFFERENCE_SCHEMA = _schema_of(PairedDifference)
