"""The first page of a run: what came out, how sure it is, and where everything lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alertmill.answers.reading import available, confirmed_of, metadata_of
from alertmill.audit.marks import read_mark
from alertmill.evaluation.metrics import METRICS
from alertmill.evaluation.reports import HEADLINE_METRICS, Evaluation, MetricValue
from alertmill.evaluation.scores import title_of
from alertmill.evaluation.summaries import POPULATION_TITLES
from alertmill.files import write_bytes, write_text
from alertmill.provenance import collect, describe_code
from alertmill.reporting.assets import CONTENT_SECURITY_POLICY, SCRIPT, STYLE
from alertmill.reporting.card_page import CARD_PAGE
from alertmill.reporting.check_rows import attention_sentence, check_rows, rest_sentence
from alertmill.reporting.failure import load_failure
from alertmill.reporting.html import TEMPLATES
from alertmill.reporting.opening import opening_of
from alertmill.reporting.outcomes import NotebookOutcome, report_path
from alertmill.reporting.packing import files_to_pack, pack
from alertmill.reporting.sections import find_sections
from alertmill.reporting.summary import (
    describe_parameters,
    finished_stages,
)
from alertmill.runs import Run, Stage, StageRecord
from alertmill.triggers import read_trigger
from alertmill.wording import counted, readable

INDEX = "index.html"
ARCHIVE = "reports.zip"
_POPULATIONS = ("test_all", "test_new")
_RIVAL_METRICS = ("average_precision", "precision_at_budget", "roc_auc")
_KIBI = 1024
_NO_INTERVAL = "no interval: "
_DOWNLOADS = {
    "parameters.json": "what the run was asked for",
    "data/extraction.json": "the queries, their parameters and a digest of each answer",
    "features/catalogue.json": "what every feature means",
    "features/features.parquet": "the feature matrix",
    "features/leak_screen.json": "what the leak screen looked at and found",
    "tuning/trials.parquet": "every trial of the searches",
    "tuning/seeds.parquet": "the chosen and the default hyperparameters with other seeds",
    "model/model.txt": "the trees of the model, as text",
    "model/calibrator.json": "how a raw score becomes a probability",
    "model/canary.json": "a few rows with the scores that the model must give them",
    "model/features.json": "what every feature of the model meant when it was trained",
    "model/cross_fitted.parquet": "scores of rows by fits without them, which calibrated the model",
    "model/metadata.json": "what the model was trained on and with",
    "evaluation/predictions.parquet": "scores of every validation and test alert",
    "evaluation/metrics.json": "every metric with its interval",
    "evaluation/comparison.json": "tests against the rivals",
    "checks/checks.json": "what every coded check has seen and said",
}


@dataclass(frozen=True)
class Measured:
    """A metric with its interval, as text and as places on a line from 0 to 100."""

    text: str
    interval: str
    """Or the note that says why there is none."""
    at: float | None = None
    low: float | None = None
    high: float | None = None
    basis: str = ""


@dataclass(frozen=True)
class MetricRow:
    """One line of a table of metrics."""

    name: str
    meaning: str
    cells: tuple[Measured, ...]


@dataclass(frozen=True)
class ReportRow:
    """How a report came out, and where it lies."""

    outcome: NotebookOutcome
    number: str
    page: str | None
    notebook: str | None


@dataclass(frozen=True)
class StageRow:
    """When a stage ran, and what it left."""

    name: str
    started_at: str
    seconds: str
    files: str


@dataclass(frozen=True)
class Download:
    """A file of the run folder."""

    href: str | None
    """None where it does not lie beside the page, as in a zip that is too small for it."""
    name: str
    about: str
    size: str


def write_index(run: Run, outcomes: Sequence[NotebookOutcome]) -> Path:
    """Write ``reports/index.html``, and ``reports.zip`` with what it leads to, unless it is large.

    Works in a run whose later stages are missing; the page then says what is missing.

    Parameters
    ----------
    run : Run
        The run to present.
    outcomes : sequence of NotebookOutcome
        How its notebooks ended, in the order of the list.
    """
    path = run.path / "reports" / INDEX
    write_text(path, render_index(run, outcomes))
    pages = [page.relative_to(run.path).as_posix() for page in path.parent.glob("*.html")]
    packed = files_to_pack(run.path, [*_DOWNLOADS, *(_notebook(o.template) for o in outcomes)])
    for_the_zip = {f"reports/{INDEX}": render_index(run, outcomes, within=packed)}
    write_bytes(run.path / ARCHIVE, pack(run.path, [*pages, *packed], replaced=for_the_zip))
    return path


def render_index(
    run: Run, outcomes: Sequence[NotebookOutcome], *, within: frozenset[str] | None = None
) -> str:
    """Return the page; the same folder and code give the same bytes.

    Parameters
    ----------
    run : Run
        The run to present.
    outcomes : sequence of NotebookOutcome
        How its notebooks ended.
    within : frozenset of str, optional
        Names of the only files of the run, apart from its reports, that will lie beside the page;
        without it, the whole run folder does.
    """
    checks = available(lambda: check_rows(run.checks))
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["counted"] = counted
    evaluation = available(lambda: run.evaluation)
    records = finished_stages(run)
    done = {record.stage for record in records}
    return environment.get_template("index.html.j2").render(
        run=run,
        policy=CONTENT_SECURITY_POLICY,
        style=STYLE,
        script=SCRIPT,
        reports=[_report_row(run, outcome, within) for outcome in outcomes],
        sections=find_sections(run, outcomes),
        failure=load_failure(run),
        failed=[outcome for outcome in outcomes if not outcome.is_ok],
        populations=[POPULATION_TITLES[split] for split in _POPULATIONS],
        headline=_headline(evaluation) if evaluation else (),
        rival_metrics=[readable(metric) for metric in _RIVAL_METRICS],
        rivals=_rivals(evaluation) if evaluation else (),
        champion=available(lambda: run.champion),
        checks=checks,
        attention=attention_sentence(checks or ()),
        at_rest=rest_sentence(checks or ()),
        model=metadata_of(run),
        registration=available(lambda: run.registration),
        opening=opening_of(run),
        parameters=describe_parameters(run),
        stages=[_stage_row(record) for record in records],
        missing=[stage.value for stage in Stage if stage not in done],
        provenance=collect(),
        code=describe_code(collect()),
        trigger=trigger.sentence if (trigger := read_trigger(run.path)) else "",
        ledger=mark.sentence if (mark := read_mark(run.path)) else "",
        card=CARD_PAGE if (run.path / "reports" / CARD_PAGE).is_file() else None,
        archive=ARCHIVE if within is None else None,
        downloads=_downloads(run, within),
    )


def _report_row(run: Run, outcome: NotebookOutcome, within: frozenset[str] | None) -> ReportRow:
    page = report_path(run, outcome.template)
    number, _, _ = outcome.template.partition("_")
    return ReportRow(
        outcome,
        number if number.isdigit() else "",
        quote(page.name) if page.is_file() else None,
        _link(run, _notebook(outcome.template), within),
    )


def _notebook(template: str) -> str:
    return f"notebooks/{template}.ipynb"


def _link(run: Run, name: str, within: frozenset[str] | None) -> str | None:
    is_there = (run.path / name).is_file() if within is None else name in within
    return f"../{quote(name)}" if is_there else None


def _headline(evaluation: Evaluation) -> list[MetricRow]:
    """Rows of this run's model: one metric, on all and on new addresses of the test."""
    meanings = {metric.name: metric.meaning for metric in METRICS}
    return [
        MetricRow(
            readable(name),
            meanings[name],
            tuple(_measured(evaluation.get("model", name, split=s)) for s in _POPULATIONS),
        )
        for name in HEADLINE_METRICS
    ]


def _rivals(evaluation: Evaluation) -> list[MetricRow]:
    """Rows of every model, this run's first, on all addresses of the test."""
    return [
        MetricRow(
            title_of(model),
            "",
            tuple(_measured(evaluation.get(model, name)) for name in _RIVAL_METRICS),
        )
        for model in evaluation.models
    ]


def _measured(value: MetricValue) -> Measured:
    basis = confirmed_of(value)
    if value.value is None:
        return Measured("", value.note, basis=basis)
    at = _place(value.value)
    if value.ci_low is None or value.ci_high is None:
        reason = value.note.removeprefix(_NO_INTERVAL)
        return Measured(f"{value.value:.3f}", f"{_NO_INTERVAL}{reason}", at, basis=basis)
    return Measured(
        f"{value.value:.3f}",
        f"{value.ci_low:.3f} to {value.ci_high:.3f}",
        at,
        _place(value.ci_low),
        _place(value.ci_high),
        basis,
    )


def _place(share: float) -> float:
    return round(100 * min(max(share, 0.0), 1.0), 1)


def _stage_row(record: StageRecord) -> StageRow:
    seconds = (record.finished_at - record.started_at).total_seconds()
    n = len(record.files)
    n_bytes = sum(file.n_bytes for file in record.files)
    return StageRow(
        record.stage.value,
        f"{record.started_at:%Y-%m-%d %H:%M:%S}",
        f"{seconds:.1f}",
        f"{counted(n, 'file')}, {_size(n_bytes)}",
    )


def _downloads(run: Run, within: frozenset[str] | None) -> list[Download]:
    return [
        Download(_link(run, name, within), name, about, _size((run.path / name).stat().st_size))
        for name, about in _DOWNLOADS.items()
        if (run.path / name).is_file()
    ]


def _size(n_bytes: int) -> str:
    if n_bytes < _KIBI:
        return f"{n_bytes} bytes"
    if n_bytes < _KIBI**2:
        return f"{n_bytes / _KIBI:.0f} KiB"
    return f"{n_bytes / _KIBI**2:.1f} MiB"
