"""The scores that a predictions frame holds, and what may be done with each."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from alertmill.errors import MissingColumnsError, UnknownNameError, WrongTypeError
from alertmill.evaluation.reports import POPULATIONS
from alertmill.evaluation.stacking import STACKED, stack
from alertmill.training.data.arguments import check_whole
from alertmill.training.data.inputs import kind_of
from alertmill.training.data.rows import KEYS
from alertmill.training.registry.rivals import VERSION_MARK

PREDICTION_COLUMNS = (*KEYS, "split", "is_new_address", "y", "score")
_PREFIX = "score_"


MAY_HAVE_SEEN = "a model of an earlier run may have been fitted on these alerts"
"""Why such a model is not measured on validation."""


@dataclass(frozen=True)
class ScoredModel:
    """A column of scores."""

    name: str
    column: str
    title: str
    is_probability: bool
    """True if the score claims to be the chance of a true alert, so that it can be calibrated."""
    complexity: int
    """Rank among candidates: of two models as good as each other, take the lower."""

    @property
    def is_of_earlier_run(self) -> bool:
        """True if it may have been fitted on the validation days of this run."""
        return self.name == "champion" or is_registered(self.name)


_BEFORE_RIVALS = (
    ScoredModel("model", "score", "this model", is_probability=True, complexity=3),
    ScoredModel("champion", "score_champion", "the champion", is_probability=True, complexity=2),
)
_AFTER_RIVALS = (
    ScoredModel(
        "logistic", "score_logistic", "logistic regression", is_probability=True, complexity=1
    ),
    ScoredModel("rule", "score_rule", "rule score", is_probability=False, complexity=0),
    ScoredModel(
        "ensemble_mean",
        "score_ensemble_mean",
        "mean of model and logistic",
        is_probability=True,
        complexity=4,
    ),
    ScoredModel(
        "ensemble_rank_mean",
        "score_ensemble_rank_mean",
        "mean rank of model and logistic",
        is_probability=False,
        complexity=5,
    ),
    ScoredModel(
        "ensemble_stacked",
        "score_ensemble_stacked",
        "stacked model and logistic",
        is_probability=True,
        complexity=6,
    ),
)
_TITLES = {model.name: model.title for model in (*_BEFORE_RIVALS, *_AFTER_RIVALS)}


def title_of(name: str) -> str:
    """Return the name of a model for readers; a registered one by its version and id.

    Examples
    --------
    >>> title_of("rule"), title_of("alert_scorer-9c3e27218325@1.2.0")
    ('rule score', '1.2.0 alert_scorer-9c3e27218325')
    """
    if name in _TITLES:
        return _TITLES[name]
    model_id, _, version = name.partition(VERSION_MARK)
    return f"{version} {model_id}".strip()


def is_registered(name: str) -> bool:
    """Return True if a model is a registered one that somebody asked for."""
    return VERSION_MARK in name


def is_ensemble(name: str) -> bool:
    """Return True if a model is a mixture of others."""
    return name.startswith("ensemble")


def scored_models(predictions: pl.DataFrame) -> tuple[ScoredModel, ...]:
    """Models whose scores the frame holds, this run's first: the order of tables and legends.

    Raises
    ------
    MissingColumnsError
        If the frame lacks keys, labels, the split or this run's score.
    WrongTypeError
        If it is no polars frame, or a model has no score for some alert: a ranking must not depend
        on who was left out.
    """
    if not isinstance(predictions, pl.DataFrame):
        raise WrongTypeError(
            f"the predictions are {kind_of(predictions)}; expected a polars DataFrame. Use "
            "pl.from_pandas on a pandas DataFrame."
        )
    missing = [name for name in PREDICTION_COLUMNS if name not in predictions.columns]
    if missing:
        raise MissingColumnsError.of("the predictions", missing, predictions.columns)
    known = (*_BEFORE_RIVALS, *_rivals_in(predictions), *_AFTER_RIVALS)
    models = tuple(model for model in known if model.column in predictions.columns)
    scores = predictions.select(pl.col(model.column).cast(pl.Float64) for model in models)
    gaps = [name for name in scores.columns if not scores[name].is_finite().fill_null(False).all()]  # noqa: FBT003 - polars takes it so
    if gaps:
        raise WrongTypeError.of("the predictions", gaps, expected="a number for every alert")
    return models


def check_predictions(predictions: pl.DataFrame) -> None:
    """Refuse values that would count as something else, or be left out without a word.

    Raises
    ------
    MissingColumnsError, WrongTypeError
        As `scored_models`; also if a label is neither 0 nor 1 nor null, if a split is neither
        validation nor test, or if it is not known whether an address is new.
    """
    scored_models(predictions)
    allowed = {
        "y": (pl.col("y").cast(pl.Float64).is_in([0.0, 1.0]) | pl.col("y").is_null(),
              "0, 1 or null"),
        "split": (pl.col("split").cast(pl.String).is_in(["validation", "test"]),
                  "validation or test"),
        "is_new_address": (pl.col("is_new_address").cast(pl.Boolean).is_not_null(),
                           "true or false"),
    }  # fmt: skip
    for name, (is_allowed, expected) in allowed.items():
        if not predictions.select(is_allowed.fill_null(value=False).all()).item():
            raise WrongTypeError.of("the predictions", [name], expected=expected)


def check_budget(review_budget: int) -> int:
    """Return a review budget of at least one alert a day.

    Raises
    ------
    ConfigurationError
        If it is no whole number, or below 1.
    """
    return check_whole("review_budget", review_budget, least=1, meaning="alerts a day")


def with_ensembles(predictions: pl.DataFrame) -> pl.DataFrame:
    """Add the mean, the mean rank and the stacking of this model and the logistic regression.

    Ranks are taken among all alerts of the same day, so that no day knows of another. How stacking
    is fitted, and when it is left out, see `alertmill.evaluation.stacking`. Without a logistic
    regression in the frame nothing is added.
    """
    if not set(STACKED) <= set(predictions.columns):
        return predictions
    ranks = [
        pl.col(name).rank("average").over("processing_date") / pl.len().over("processing_date")
        for name in STACKED
    ]
    stacked = stack(predictions).scores
    mixed = predictions.with_columns(
        pl.mean_horizontal(*STACKED).alias("score_ensemble_mean"),
        pl.mean_horizontal(*ranks).alias("score_ensemble_rank_mean"),
    )
    return mixed if stacked is None else mixed.with_columns(score_ensemble_stacked=stacked)


def _rivals_in(predictions: pl.DataFrame) -> list[ScoredModel]:
    """Return the registered models among the columns, in their order."""
    names = [
        column.removeprefix(_PREFIX)
        for column in predictions.columns
        if column.startswith(_PREFIX) and is_registered(column)
    ]
    return [
        ScoredModel(name, f"{_PREFIX}{name}", title_of(name), is_probability=True, complexity=2)
        for name in names
    ]


def by_population(predictions: pl.DataFrame, population: str) -> pl.DataFrame:
    """Return the rows of validation, or of test: all, known or new addresses.

    Raises
    ------
    UnknownNameError
        If there is no such population.
    """
    if population not in POPULATIONS:
        raise UnknownNameError.of("population", str(population), POPULATIONS)
    if population == "validation":
        return predictions.filter(pl.col("split").cast(pl.String) == "validation")
    test = predictions.filter(pl.col("split").cast(pl.String) == "test")
    if population == "test_known":
        return test.filter(~pl.col("is_new_address").cast(pl.Boolean))
    if population == "test_new":
        return test.filter(pl.col("is_new_address").cast(pl.Boolean))
    return test
