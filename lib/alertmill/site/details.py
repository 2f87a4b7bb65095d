"""Everything that the page of one run shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from pydantic import BaseModel, Field, JsonValue, RootModel

from alertmill.audit.marks import SIGNATURE
from alertmill.errors import RunFileError
from alertmill.promotions import DECISION_FILE, PromotionDecision
from alertmill.reporting.manifest import MANIFEST
from alertmill.runs import Stage
from alertmill.site.folders import RunFolder
from alertmill.site.records import (
    CheckRecord,
    ChecksRecord,
    EvaluationRecord,
    FailureRecord,
    FeatureRecord,
    FeaturesRecord,
    FileRecord,
    ManifestRecord,
    Measure,
    NotebookRecord,
    ProvenanceRecord,
    Record,
    RegistrationRecord,
    StageRecord,
)
from alertmill.site.reviews import ReviewRow, read_reviews_of
from alertmill.site.summaries import RunSummary

_Read = TypeVar("_Read", bound=BaseModel)
AS_RECORDED, CHANGED, ADDED, MISSING = "as recorded", "changed", "not in the manifest", "missing"
_STATES = ("issue", "tip", "passed", "not applicable")


class _Parameters(RootModel[dict[str, JsonValue]]):
    """``parameters.json`` of any version."""


class Parameter(Record):
    """One parameter of a run."""

    name: str = Field(description="With its section, for example split.test_days.")
    value: str = Field(description="As text.")


class FileRow(Record):
    """A file of the run folder."""

    path: str
    n_bytes: int
    sha256: str = Field("", description="Of the manifest; empty if it does not list the file.")
    state: str = Field(AS_RECORDED, description="By name and size; digests are not compared.")


class ReportRow(Record):
    """A report, and which of its files are there."""

    notebook: NotebookRecord
    page: str = Field("", description="Path of its HTML in the run folder; empty without one.")
    source: str = Field("", description="Path of the executed notebook; empty without one.")

    @property
    def number(self) -> str:
        """Number of the report, if its name has one."""
        number, _, _ = self.notebook.template.partition("_")
        return number if number.isdigit() else ""


class RunDetails(Record):
    """One run with all that the site knows of it."""

    summary: RunSummary
    parameters: tuple[Parameter, ...] = ()
    failure: FailureRecord | None = None
    registration: RegistrationRecord | None = None
    decision: PromotionDecision | None = None
    measures: tuple[Measure, ...] = Field((), description="Metrics of the run's own model.")
    checks: tuple[CheckRecord, ...] = Field((), description="What needs a person first.")
    reviews: tuple[ReviewRow, ...] = Field((), description="Findings and approvals, oldest first.")
    reports: tuple[ReportRow, ...] = ()
    stages: tuple[StageRecord, ...] = ()
    provenance: ProvenanceRecord | None = None
    features: tuple[FeatureRecord, ...] = ()
    files: tuple[FileRow, ...] = ()
    unreadable: tuple[str, ...] = Field((), description="Sentences on files that are damaged.")

    def measure(self, metric: str, split: str) -> Measure | None:
        """Find a metric of the run's own model."""
        found = (m for m in self.measures if m.metric == metric and m.split == split)
        return next(found, None)

    def has_file(self, path: str) -> bool:
        """Return True if the run folder holds the file."""
        return any(file.path == path and file.state != MISSING for file in self.files)


class _Reader:
    """Reads files of a run; a damaged one is noted and counts as missing."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self.unreadable: list[str] = []

    def read(self, relative: str, kind: type[_Read]) -> _Read | None:
        try:
            return self._folder.record(relative, kind)
        except RunFileError as error:
            self.unreadable.append(str(error))
            return None


def read_details(folder: RunFolder, summary: RunSummary) -> RunDetails:
    """Read a run; what cannot be read is left out and listed."""
    reader = _Reader(folder)
    manifest = reader.read("manifest.json", ManifestRecord)
    parameters = reader.read("parameters.json", _Parameters)
    checks = reader.read("checks/checks.json", ChecksRecord)
    features = reader.read("features/catalogue.json", FeaturesRecord)
    files = _file_rows(folder, manifest)
    paths = {file.path for file in files if file.state != MISSING}
    reviews, damaged = read_reviews_of(folder)
    return RunDetails(
        summary=summary,
        parameters=tuple(_flatten(parameters.root)) if parameters else (),
        failure=reader.read("failure.json", FailureRecord),
        registration=reader.read("model/registration.json", RegistrationRecord),
        decision=reader.read(DECISION_FILE, PromotionDecision),
        measures=_measures(reader, manifest),
        checks=_sorted_checks(checks.results) if checks else (),
        reviews=reviews,
        reports=tuple(_report_row(n, paths) for n in manifest.notebooks) if manifest else (),
        stages=_stages(reader, manifest),
        provenance=manifest.provenance if manifest else None,
        features=features.features if features else (),
        files=files,
        unreadable=tuple(dict.fromkeys([*reader.unreadable, *damaged])),
    )


def _measures(reader: _Reader, manifest: ManifestRecord | None) -> tuple[Measure, ...]:
    """Return all metrics of the run's own model; the headline alone where there is no more."""
    evaluation = reader.read("evaluation/metrics.json", EvaluationRecord)
    if evaluation is not None:
        own = (m for m in evaluation.metrics if m.model == "model" and m.segment == "all")
        return tuple(own)
    return manifest.headline if manifest else ()


def _sorted_checks(checks: Iterable[CheckRecord]) -> tuple[CheckRecord, ...]:
    def urgency(check: CheckRecord) -> tuple[bool, bool, int, str]:
        state = _STATES.index(check.state) if check.state in _STATES else len(_STATES)
        is_blocking = check.is_issue and check.is_blocking
        return bool(check.muted_because), not is_blocking, state, check.code

    return tuple(sorted(checks, key=urgency))


def _report_row(notebook: NotebookRecord, paths: set[str]) -> ReportRow:
    page, source = f"reports/{notebook.template}.html", f"notebooks/{notebook.template}.ipynb"
    return ReportRow(
        notebook=notebook,
        page=page if page in paths else "",
        source=source if source in paths else "",
    )


def _stages(reader: _Reader, manifest: ManifestRecord | None) -> tuple[StageRecord, ...]:
    if manifest is not None:
        return manifest.stages
    found = (reader.read(f"stages/{stage.value}.json", StageRecord) for stage in Stage)
    return tuple(stage for stage in found if stage is not None)


def _file_rows(folder: RunFolder, manifest: ManifestRecord | None) -> tuple[FileRow, ...]:
    recorded = {file.path: file for file in manifest.files} if manifest else {}
    found = {file.path: file for file in folder.files()}
    rows = [
        _file_row(path, file.n_bytes, recorded, is_sealed=manifest is not None)
        for path, file in found.items()
    ]
    missing = [
        FileRow(path=file.path, n_bytes=file.n_bytes, sha256=file.sha256, state=MISSING)
        for file in recorded.values()
        if file.path not in found
    ]
    return tuple(sorted([*rows, *missing], key=lambda row: row.path))


def _file_row(
    path: str, n_bytes: int, recorded: Mapping[str, FileRecord], *, is_sealed: bool
) -> FileRow:
    known = recorded.get(path)
    if known is None:
        is_expected = not is_sealed or path in (MANIFEST, SIGNATURE)
        return FileRow(path=path, n_bytes=n_bytes, state="" if is_expected else ADDED)
    state = AS_RECORDED if known.n_bytes == n_bytes else CHANGED
    return FileRow(path=path, n_bytes=n_bytes, sha256=known.sha256, state=state)


def _flatten(values: Mapping[str, JsonValue], prefix: str = "") -> Iterable[Parameter]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield Parameter(name=f"{prefix}{name}", value=describe_value(value))


def describe_value(value: JsonValue) -> str:
    """Write the value of a parameter.

    Examples
    --------
    >>> [describe_value(value) for value in (7, None, True, ["a", "b"], {}, "as_of")]
    ['7', 'not set', 'yes', 'a, b', 'none', 'as_of']
    """
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(describe_value, value)) or "none"
    return "none" if value == {} else str(value)
