"""What happens when alerts at or above a threshold are reviewed."""

from __future__ import annotations

import numpy as np
import polars as pl

from alertmill.evaluation.reports import Evaluation
from alertmill.evaluation.samples import Sample
from alertmill.evaluation.scores import by_population, scored_models, title_of, with_ensembles
from alertmill.evaluation.thresholds import choose_threshold
from alertmill.tables.score_distributions import outcome_of

DECISIONS = ("flagged", "not flagged")
N_THRESHOLDS = 200
EXPLORED_BUDGETS = (1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 1000)
"""Alerts opened a day, from which a reader of the threshold explorer chooses."""
EXPLORER_HEADS = (
    "alerts opened a day", "alerts saved a day", "confirmed of those labelled (%)",
    "found of all confirmed (%)", "confirmed found", "cost a day", "threshold", "choice",
)  # fmt: skip
IN_USE = "in use"
"""Choice of the row that has the threshold of the model."""


def confusion_table(
    predictions: pl.DataFrame, *, threshold: float, population: str = "test_all"
) -> pl.DataFrame:
    """Count alerts by what review found and whether the model flags them.

    Returns
    -------
    DataFrame
        Columns outcome (confirmed, cleared, unlabelled), decision (flagged, not flagged),
        n_alerts, n_addresses and share (of the outcome's alerts; null where there are none). All
        six rows are always there.
    """
    frame = by_population(predictions, population)
    alerts = frame.select(
        "address",
        outcome_of(frame),
        decision=pl.when(pl.col("score") >= threshold)
        .then(pl.lit(DECISIONS[0]))
        .otherwise(pl.lit(DECISIONS[1])),
    )
    counts = alerts.group_by("outcome", "decision").agg(
        n_alerts=pl.len().cast(pl.Int64), n_addresses=pl.col("address").n_unique().cast(pl.Int64)
    )
    total = pl.col("n_alerts").sum().over("outcome")
    return (
        _ALL_CELLS.join(counts, on=["outcome", "decision"], how="left", maintain_order="left")
        .with_columns(pl.col("n_alerts", "n_addresses").fill_null(0))
        .with_columns(share=pl.when(total > 0).then(pl.col("n_alerts") / total))
    )


def classification_report(
    predictions: pl.DataFrame, evaluation: Evaluation, *, population: str = "test_all"
) -> pl.DataFrame:
    """Precision, recall, F1 and support of both classes, each model at its own threshold.

    Returns
    -------
    DataFrame
        Columns model, threshold, class (confirmed, cleared), precision, recall, f1_score (null
        where undefined), n_alerts (labelled alerts of the class).
    """
    complete = with_ensembles(predictions)
    frame = by_population(complete, population).filter(pl.col("y").is_not_null())
    rows = []
    for model in scored_models(complete):
        threshold = evaluation.threshold_of(model.name)
        flagged = (frame[model.column] >= threshold).to_numpy()
        for name, is_class in (("confirmed", 1), ("cleared", 0)):
            actual = (frame["y"] == is_class).to_numpy()
            chosen = flagged if is_class else ~flagged
            rows.append((title_of(model.name), threshold, name, *_class_scores(actual, chosen)))
    return pl.DataFrame(rows, schema=_REPORT_SCHEMA, orient="row")


def threshold_table(
    predictions: pl.DataFrame,
    *,
    in_use: float,
    population: str = "test_all",
    missed_cost: float = 20.0,
) -> pl.DataFrame:
    """Count what every threshold of the model would do.

    Parameters
    ----------
    predictions : DataFrame
        As for `evaluate`.
    in_use : float
        Threshold of the model, which is among those of the table.
    population : str
        Whose alerts.
    missed_cost : float
        Cost of a missed true alert, where to open any alert costs 1.

    Returns
    -------
    DataFrame
        Columns threshold (rising, at quantiles of the scores), alerts_per_day (labelled or not),
        true_positives, false_positives, false_negatives, true_negatives, precision, recall,
        f1_score (null where undefined) and cost_per_day: of every opened alert, labelled or not,
        and of those that are known to be missed.
    """
    frame = by_population(predictions, population)
    score = np.sort(frame["score"].to_numpy())
    if not len(score):
        return pl.DataFrame(schema=_SWEEP_SCHEMA)
    thresholds = np.unique([*np.quantile(score, np.linspace(0, 1, N_THRESHOLDS)), in_use])
    return _swept(frame, thresholds, missed_cost=missed_cost)


def explorer_table(
    predictions: pl.DataFrame,
    *,
    in_use: float,
    population: str = "test_all",
    missed_cost: float = 20.0,
) -> pl.DataFrame:
    """Compute what a team gets for opening more or fewer alerts a day.

    Parameters
    ----------
    predictions : DataFrame
        As for `evaluate`.
    in_use : float
        Threshold of the model.
    population : str
        Whose alerts.
    missed_cost : float
        Cost of a missed true alert, where to open any alert costs 1.

    Returns
    -------
    DataFrame
        Columns alerts_per_day (opened, labelled or not; rising), saved_per_day (not opened),
        precision_share (of the labelled among the opened), recall_share (of all confirmed; both
        null where undefined), true_positives, cost_per_day (as in `threshold_table`), threshold
        and choice: ``in use`` or empty. One row for each of `EXPLORED_BUDGETS` that the alerts
        fill, one for opening all, and one for the threshold in use; none without alerts.
    """
    frame = by_population(predictions, population)
    score = frame["score"].to_numpy()
    if not len(score):
        return pl.DataFrame(schema=_EXPLORER_SCHEMA)
    n_days = frame["processing_date"].n_unique()
    filled = [budget for budget in EXPLORED_BUDGETS if budget * n_days < len(score)]
    chosen = [choose_threshold(score, n_days=n_days, review_budget=budget) for budget in filled]
    thresholds = np.unique([*chosen, score.min(), in_use])
    table = _swept(frame, thresholds, missed_cost=missed_cost).with_columns(
        saved_per_day=len(score) / n_days - pl.col("alerts_per_day"),
        choice=pl.when(pl.col("threshold") == in_use).then(pl.lit(IN_USE)).otherwise(pl.lit("")),
    )
    opened = table.rename({"precision": "precision_share", "recall": "recall_share"})
    # Two thresholds that open the same alerts are one choice, and the one in use names it.
    return (
        opened.select(list(_EXPLORER_SCHEMA))
        .sort("alerts_per_day", "choice", descending=[False, True])
        .unique("alerts_per_day", keep="first", maintain_order=True)
    )


def explorer_sentence(table: pl.DataFrame) -> str:
    """Describe the threshold in use in a sentence, from an `explorer_table`."""
    row = next(iter(table.filter(pl.col("choice") == IN_USE).iter_rows(named=True)), None)
    if row is None:
        return "The test holds no alerts, so no threshold can be judged."
    opened = f"The threshold in use opens {row['alerts_per_day']:,.1f} alerts a day on the test"
    precision, recall = row["precision_share"], row["recall_share"]
    if precision is None:
        known = "none of them has a label"
    else:
        known = f"of those with a label {100 * precision:.0f} % are confirmed"
    if recall is None:
        return f"{opened}; {known}, and no alert of the test is confirmed."
    return f"{opened}; {known}, and {100 * recall:.0f} % of all confirmed alerts are found."


def _swept(frame: pl.DataFrame, thresholds: np.ndarray, *, missed_cost: float) -> pl.DataFrame:
    """Count what each of the rising thresholds would do; columns of `threshold_table`."""
    score = np.sort(frame["score"].to_numpy())
    n_days = frame["processing_date"].n_unique()
    sample = Sample.of(frame, "score", budget=1, threshold=0.0)
    true, false = (_at_or_above(sample, y, thresholds) for y in (1.0, 0.0))
    missed, passed = sample.n_positives - true, sample.n_negatives - false
    n_opened = len(score) - np.searchsorted(score, thresholds)
    table = pl.DataFrame(
        {
            "threshold": thresholds,
            "alerts_per_day": n_opened / n_days,
            "true_positives": true,
            "false_positives": false,
            "false_negatives": missed,
            "true_negatives": passed,
            "cost_per_day": (n_opened + missed_cost * missed) / n_days,
        }
    )
    return table.with_columns(
        precision=_quotient(pl.col("true_positives"), "true_positives", "false_positives"),
        recall=_quotient(pl.col("true_positives"), "true_positives", "false_negatives"),
        f1_score=_quotient(
            2 * pl.col("true_positives"),
            "true_positives",
            "true_positives",
            "false_positives",
            "false_negatives",
        ),
    ).select(list(_SWEEP_SCHEMA))


def confusion_at_thresholds(
    thresholds: pl.DataFrame, *, chosen: float, budget: int
) -> pl.DataFrame:
    """Pick rows of a threshold table that a team would weigh against each other.

    Parameters
    ----------
    thresholds : DataFrame
        From `threshold_table`.
    chosen : float
        Threshold in use.
    budget : int
        Alerts reviewed a day.

    Returns
    -------
    DataFrame
        Column choice (half the budget, in use, twice the budget, best F1, least cost), then the
        columns of the threshold table; rising thresholds.
    """
    if not thresholds.height:
        return thresholds.select(pl.lit("").alias("choice"), pl.all())
    wanted = (
        ("half the budget", (pl.col("alerts_per_day") - budget / 2).abs()),
        ("in use", (pl.col("threshold") - chosen).abs()),
        ("twice the budget", (pl.col("alerts_per_day") - 2 * budget).abs()),
        ("best F1", -pl.col("f1_score").fill_null(-1.0)),
        ("least cost", pl.col("cost_per_day")),
    )
    rows = [
        thresholds.sort(distance, "threshold")
        .head(1)
        .select(pl.lit(name).alias("choice"), pl.all())
        for name, distance in wanted
    ]
    return pl.concat(rows).sort("threshold", maintain_order=True)


_ALL_CELLS = pl.DataFrame(
    [
        (outcome, decision)
        for outcome in ("confirmed", "cleared", "unlabelled")
        for decision in DECISIONS
    ],
    schema={"outcome": pl.String, "decision": pl.String},
    orient="row",
)
_REPORT_SCHEMA = {
    "model": pl.String,
    "threshold": pl.Float64,
    "class": pl.String,
    "precision": pl.Float64,
    "recall": pl.Float64,
    "f1_score": pl.Float64,
    "n_alerts": pl.Int64,
}
_EXPLORER_SCHEMA = {
    "alerts_per_day": pl.Float64,
    "saved_per_day": pl.Float64,
    "precision_share": pl.Float64,
    "recall_share": pl.Float64,
    "true_positives": pl.Int64,
    "cost_per_day": pl.Float64,
    "threshold": pl.Float64,
    "choice": pl.String,
}
_SWEEP_SCHEMA = {
    "threshold": pl.Float64,
    "alerts_per_day": pl.Float64,
    "true_positives": pl.Int64,
    "false_positives": pl.Int64,
    "false_negatives": pl.Int64,
    "true_negatives": pl.Int64,
    "precision": pl.Float64,
    "recall": pl.Float64,
    "f1_score": pl.Float64,
    "cost_per_day": pl.Float64,
}


def _class_scores(
    actual: np.ndarray, chosen: np.ndarray
) -> tuple[float | None, float | None, float | None, int]:
    hits, n_actual, n_chosen = int((actual & chosen).sum()), int(actual.sum()), int(chosen.sum())
    precision = hits / n_chosen if n_chosen else None
    recall = hits / n_actual if n_actual else None
    f1 = 2 * hits / (n_actual + n_chosen) if n_actual + n_chosen else None
    return precision, recall, f1, n_actual


def _at_or_above(sample: Sample, y: float, thresholds: np.ndarray) -> np.ndarray:
    rows = sample.labelled
    score = np.sort(sample.score[rows[sample.y[rows] == y]])
    return np.asarray(len(score) - np.searchsorted(score, thresholds))


def _quotient(numerator: pl.Expr, *parts: str) -> pl.Expr:
    denominator = sum((pl.col(part) for part in parts), start=pl.lit(0))
    return pl.when(denominator > 0).then(numerator / denominator)
