"""Evaluation and comparison as tables and sentences for a reader."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from alertmill.evaluation.check_results import CheckReport, CheckState
from alertmill.evaluation.evaluate import SEGMENT_METRICS
from alertmill.evaluation.metrics import METRICS
from alertmill.evaluation.repeats import FIRST_OR_CHANGED
from alertmill.evaluation.reports import Evaluation, MetricValue
from alertmill.evaluation.scores import title_of
from alertmill.training.models.model import AlertModel, ModelMetadata
from alertmill.wording import counted, readable

SEGMENT_METRICS_DRAWN = (
    "average_precision",
    "roc_auc",
    "precision",
    "recall",
    "precision_at_budget",
    "recall_at_budget",
)
_MOST_WITH_MEANING = 7
"""Models: this one, the champion, two baselines and three mixtures."""
POPULATION_TITLES = {
    "validation": "validation",
    "test_all": "test, all addresses",
    "test_known": "test, known addresses",
    "test_new": "test, new addresses",
}


def side_by_side(evaluation: Evaluation, *, split: str = "test_all") -> pl.DataFrame:
    """One row per metric, one column per model: value (95 % interval), or why there is none.

    A last column says what the metric means, unless the models need the room.
    """
    rows = []
    for metric in METRICS:
        values = [evaluation.get(model, metric.name, split=split) for model in evaluation.models]
        rows.append((metric.name, *(entry.text for entry in values), metric.meaning))
    columns = ["metric", *(title_of(model) for model in evaluation.models), "meaning"]
    table = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return table if len(evaluation.models) <= _MOST_WITH_MEANING else table.drop("meaning")


def metrics_by_population(evaluation: Evaluation, *, model: str = "model") -> pl.DataFrame:
    """One row per metric, one column per population: value (95 % interval), or words."""
    rows = [
        (
            metric.name,
            *(evaluation.get(model, metric.name, split=s).text for s in POPULATION_TITLES),
        )
        for metric in METRICS
    ]
    columns = ["metric", *POPULATION_TITLES.values()]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def population_table(evaluation: Evaluation) -> pl.DataFrame:
    """Count the days, alerts, labels and addresses behind every number."""
    sizes = [size.model_dump() for size in evaluation.populations]
    return pl.DataFrame(sizes).with_columns(pl.col("split").replace_strict(POPULATION_TITLES))


def segment_table(
    evaluation: Evaluation, *, metrics: Sequence[str] = SEGMENT_METRICS
) -> pl.DataFrame:
    """One row per segment of the test: how much there is, and each metric with its interval.

    Returns
    -------
    DataFrame
        Columns segment (the column), value, n_alerts (labelled), n_positives, n_addresses, then
        one text column per metric. The first row is all alerts.
    """
    everything = evaluation.table(models=("model",), splits=("test_all",), segment=None)
    rows = []
    for segment in dict.fromkeys(everything["segment"]):
        entries = [evaluation.get("model", name, segment=segment) for name in metrics]
        column, _, value = segment.partition("=")
        sizes = (entries[0].n_rows, entries[0].n_positives, entries[0].n_addresses)
        rows.append((column, value, *sizes, *(entry.text for entry in entries)))
    counts = dict.fromkeys(("n_alerts", "n_positives", "n_addresses"), pl.Int64)
    texts = dict.fromkeys(metrics, pl.String)
    schema = {"segment": pl.String, "value": pl.String, **counts, **texts}
    return pl.DataFrame(rows, schema=schema, orient="row")


def repeats_table(evaluation: Evaluation, *, model: str = "model") -> pl.DataFrame:
    """Compare what the budget buys over all alerts and over first or changed ones.

    Returns
    -------
    DataFrame
        Columns metric, population, all alerts and first or changed (value with 95 % interval, or
        words), n_alerts and n_first_or_changed (labelled alerts).
    """
    rows = []
    for metric in ("precision_at_budget", "recall_at_budget", "average_precision"):
        for split in ("test_all", "test_known", "test_new"):
            whole = evaluation.get(model, metric, split=split)
            first = evaluation.get(model, metric, split=split, segment=FIRST_OR_CHANGED)
            sizes = (whole.n_rows, first.n_rows)
            rows.append((metric, POPULATION_TITLES[split], whole.text, first.text, *sizes))
    columns = ("metric", "population", "all alerts", "first or changed")
    counts = ("n_alerts", "n_first_or_changed")
    return pl.DataFrame(rows, schema=[*columns, *counts], orient="row")


def checks_sentence(checks: CheckReport) -> str:
    """Return how many checks found what, and which of them keep the model from being promoted."""
    counts = [(state, len(checks.of_state(state))) for state in CheckState]
    text = ", ".join(_state_words(state, n) for state, n in counts if n) or "no checks"
    if checks.is_open:
        return f"{text}: {checks.reason}."
    return (
        f"{text}. Not promoted by itself: {checks.reason}. A person may promote the model all the "
        "same, with alertmill promote and a reason."
    )


def _state_words(state: CheckState, n: int) -> str:
    is_noun = state in (CheckState.ISSUE, CheckState.TIP)
    return counted(n, state.value) if is_noun else f"{n} {state.value}"


def model_facts(model: AlertModel) -> pl.DataFrame:
    """List what the loaded model is: columns fact and value, as text."""
    data = model.metadata
    n = data.n_train_addresses
    addresses = f" of {counted(n, 'address')}" if n else ""
    facts = [
        ("model", data.model_id),
        ("version", data.version),
        ("trees", _tree_words(data)),
        ("features", f"{len(data.feature_names)}, of which {len(data.categorical_features)} codes"),
        ("trained on", f"{data.training_start} to {data.training_end}"),
        ("training alerts", f"{data.n_train:,}{addresses}, {data.n_train_positives:,} confirmed"),
        ("calibration", _calibration_words(model)),
        ("first seed, threads", f"{data.seed}, {data.n_threads}"),
        ("trees, sha256", data.booster_sha256),
    ]
    return pl.DataFrame(facts, schema={"fact": pl.String, "value": pl.String}, orient="row")


def _tree_words(data: ModelMetadata) -> str:
    stopped = f"{data.best_iteration} kept by early stopping on {data.stopping_metric}"
    return stopped if data.n_seeds == 1 else f"{stopped}, with each of {data.n_seeds} seeds"


def _calibration_words(model: AlertModel) -> str:
    data = model.metadata
    where = {"validation": "validation", "cross-fitted": "rows scored by fits without them"}
    return (
        f"{model.calibrator.kind}, fitted on {where[data.calibrated_on]}: "
        f"{counted(data.n_validation, 'alert')}, {data.n_validation_positives:,} confirmed"
    )


def registered_models_table(
    registered_models: pl.DataFrame, model: AlertModel, evaluation: Evaluation
) -> pl.DataFrame:
    """Models of the tracking table, the newest first, and this run's on top.

    The metrics of registered models were measured on their own test ranges, so they are a record
    and no comparison.

    Parameters
    ----------
    registered_models : DataFrame
        Rows of trained_models as they stood when the run began; may hold none.
    model, evaluation
        This run's.
    """
    data = model.metadata
    mine = {
        "model_id": data.model_id,
        "version": data.version,
        "status": "this run",
        "training_start_date": str(data.training_start),
        "training_end_date": str(data.training_end),
        "num_samples": data.n_train,
        "test_auc": evaluation.get("model", "roc_auc").value,
    }
    known = (
        registered_models.sort("created_at", descending=True) if registered_models.height else None
    )
    rows = [] if known is None else known.select(_registered_columns(known)).to_dicts()
    return pl.DataFrame([mine, *rows], schema=_TRACKED_SCHEMA)


def _registered_columns(registered_models: pl.DataFrame) -> list[pl.Expr]:
    return [
        pl.col(name).cast(kind)
        for name, kind in _TRACKED_SCHEMA.items()
        if name in registered_models.columns
    ]


def headline_sentence(entries: Sequence[MetricValue]) -> str:
    """Return one sentence that says what the evaluation found, with intervals."""
    measured = [entry for entry in entries if entry.value is not None]
    if not measured:
        return "Nothing could be measured: " + "; ".join({entry.note for entry in entries}) + "."
    parts = [
        f"{readable(entry.metric)} {entry.text} on {POPULATION_TITLES[entry.split]}"
        for entry in measured
    ]
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


_TRACKED_SCHEMA = {
    "model_id": pl.String,
    "version": pl.String,
    "status": pl.String,
    "training_start_date": pl.String,
    "training_end_date": pl.String,
    "num_samples": pl.Int64,
    "test_auc": pl.Float64,
}
