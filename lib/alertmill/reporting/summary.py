"""What a run is about, in one table."""

from __future__ import annotations

from datetime import date
from functools import partial

import polars as pl

from alertmill.answers.reading import available, metadata_of
from alertmill.evaluation.reports import MetricValue
from alertmill.parameters import (
    DEFAULT_TRAINER,
    ComparisonParameters,
    LeakScreenParameters,
    TrainingParameters,
    TuningParameters,
)
from alertmill.plotting.tables import Table, show_table
from alertmill.provenance import collect, describe_code
from alertmill.runs import Run, Stage, StageRecord
from alertmill.tables.labels import label_status_by_split
from alertmill.vocabulary import LabelKnowledge, LabelStatus, ModelType
from alertmill.wording import counted

_NAMED_VERSIONS = ("alertmill", "chdb", "lightgbm", "scikit-learn", "polars", "numpy", "shap")


def run_summary(run: Run) -> Table:
    """Last block of every report: which run, on which data, with which code.

    Stages that have not finished are left out, so it works at any point of a run.
    """
    rows = [*_identity(run), *_data(run), *_model(run), *_code()]
    frame = pl.DataFrame(rows, schema=["what", "value"], orient="row")
    return show_table(frame, "What this report rests on", columns=("", ""))


def describe_parameters(run: Run) -> list[tuple[str, str]]:
    """Every parameter of the run in words that a reader knows, with its value."""
    p = run.parameters
    split = (
        f"{p.split.validation_days} validation days, {p.split.test_days} test days, "
        f"embargo of {p.embargo_days} days"
    )
    search = (
        f"{p.tuning.n_trials} Bayesian and {p.tuning.n_random_trials} random trials, "
        f"grid of {p.tuning.grid_points} values an axis, {p.tuning.cv_folds} folds"
        f"{_describe_budget(p.tuning)}"
    )
    return [
        ("network", p.network),
        ("processing dates", f"{p.start_date} to {p.end_date}"),
        ("window", f"{p.window_days} days"),
        ("model type", describe_model_type(p)),
        ("review budget", f"{counted(p.review_budget, 'alert')} a day"),
        ("labels", describe_labels(p)),
        ("split", split),
        ("search", search),
        ("leak screen", _describe_screen(p.leak_screen)),
        ("compared with", _describe_comparison(p.comparison)),
        ("bootstrap", f"{p.computing.n_bootstrap:,} resamples of addresses"),
        ("seed", str(p.seed)),
    ]


def _describe_budget(tuning: TuningParameters) -> str:
    minutes = "" if tuning.max_minutes is None else f", at most {tuning.max_minutes:g} minutes"
    parallel = tuning.n_parallel_trials
    at_once = "" if parallel == 1 else f", {parallel} trials at the same time"
    return f"{minutes}{at_once}{'' if tuning.prune else ', none pruned'}"


def describe_model_type(parameters: TrainingParameters) -> str:
    """Return what is scored and who fits the model."""
    units = {
        ModelType.ALERT_SCORER: "alerts, by the probability that they are true",
        ModelType.ALERT_RANKER: "alerts, in the order in which a day reviews them",
        ModelType.CLUSTER_SCORER: "clusters, by the probability that a member is a true one; what "
        "reports call an alert is a cluster, and its address that of its leading alert",
    }
    trainer = parameters.computing.trainer
    fitted = f"; fitted by {trainer}" if trainer != DEFAULT_TRAINER else ""
    return f"{parameters.model_type.value}: {units[parameters.model_type]}{fitted}"


def describe_labels(parameters: TrainingParameters) -> str:
    """Return whose labels are used, known when, and which alerts are too young for them."""
    days = parameters.labels.maturity_days
    known = (
        f"known {counted(days, 'day')} after the alert"
        if parameters.labels.knowledge is LabelKnowledge.AS_OF
        else "known before the first test day, for the test at the end of the data"
    )
    young = f"alerts younger than {counted(days, 'day')} left out" if days else "no alert too young"
    return f"{parameters.labels.strategy}, {known}; {young}"


def _describe_screen(screen: LeakScreenParameters) -> str:
    reasons = (f"{name} overruled: {reason}" for name, reason in screen.overruled.items())
    return "; ".join([f"limit of {screen.limit:g} for the ROC AUC of a feature", *reasons])


def _describe_comparison(comparison: ComparisonParameters) -> str:
    latest = [f"the {comparison.n_latest} latest of its kind"] if comparison.n_latest else []
    return ", ".join(["baselines", "the champion", *comparison.models, *latest])


def finished_stages(run: Run) -> tuple[StageRecord, ...]:
    """Return the records of the stages that finished, in their order."""
    found = (available(partial(run.record_of, stage)) for stage in Stage)
    return tuple(record for record in found if record is not None)


def headline_of(run: Run) -> tuple[MetricValue, ...]:
    """Headline metrics of the run's model; empty before the evaluation."""
    return available(lambda: run.evaluation.headline) or ()


def _identity(run: Run) -> list[tuple[str, str]]:
    return [("run", run.run_id), *describe_parameters(run)]


def _data(run: Run) -> list[tuple[str, str]]:
    rows_by_path = {
        file.path: file.n_rows for record in finished_stages(run) for file in record.files
    }
    words = {
        "data/alerts.parquet": "alerts",
        "data/address_features.parquet": "address rows",
        "data/address_labels.parquet": "label rows",
        "features/features.parquet": "feature rows",
        "evaluation/predictions.parquet": "scored rows",
    }
    counts = [
        f"{n:,} {word}" for path, word in words.items() if (n := rows_by_path.get(path)) is not None
    ]
    window = available(lambda: _data_window(run))
    found = [("data found", window)] if window else []
    status = available(lambda: _label_status(run))
    labels = [("labels outside embargoes", status)] if status else []
    return [*found, ("rows", ", ".join(counts)), *labels] if counts else found


def _label_status(run: Run) -> str:
    used = run.targets.filter(pl.col("split").cast(pl.String) != "embargo")
    table = label_status_by_split(used)
    totals = table.select(pl.sum(f"n_{status}") for status in LabelStatus).row(0)
    words = (name.value.replace("_", " ") for name in LabelStatus)
    return ", ".join(f"{n:,} {word}" for n, word in zip(totals, words, strict=True))


def _data_window(run: Run) -> str:
    days = run.alerts["processing_date"]
    first, last = days.min(), days.max()
    if not isinstance(first, date) or not isinstance(last, date):
        return "no alerts"
    return f"{first} to {last}, alerts on {days.n_unique()} days"


def _model(run: Run) -> list[tuple[str, str]]:
    metadata = metadata_of(run)
    if metadata is None:
        return []
    registration = available(lambda: run.registration)
    version = registration.version if registration else f"{metadata.version}, not registered"
    return [("model", f"{metadata.model_id}, version {version}")]


def _code() -> list[tuple[str, str]]:
    provenance = collect()
    named = (f"{n} {provenance.versions[n]}" for n in _NAMED_VERSIONS if n in provenance.versions)
    return [
        ("code", describe_code(provenance)),
        ("versions", f"Python {provenance.python}, {', '.join(named)}"),
    ]
