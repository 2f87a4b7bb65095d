"""The parts of a run's files that the site shows.

The site opens runs of any version, so these records ignore what they do not know, and have a
default for what an older version did not write.
"""

from __future__ import annotations

from datetime import date, datetime

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, JsonValue


class Record(BaseModel):
    """A part of a file of a run, or of an answer of the site."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", protected_namespaces=(), populate_by_name=True
    )


class ParametersRecord(Record):
    """What a run was asked for: of ``parameters.json``."""

    start_date: date
    end_date: date
    model_type: str
    window_days: int | None = None
    trainer: str = ""
    review_budget: int | None = None


class Measure(Record):
    """A metric of the run's own model with its interval, or the reason why there is none."""

    model: str = "model"
    split: str = Field(description="Alerts that were measured, for example test_new.")
    segment: str = "all"
    metric: str
    value: float | None = None
    ci_low: float | None = Field(None, description="Lower end of the 95 % interval.")
    ci_high: float | None = Field(None, description="Upper end of the 95 % interval.")
    n_rows: int | None = Field(None, description="Labelled alerts that were measured.")
    n_addresses: int | None = None
    n_positives: int | None = Field(None, description="Confirmed alerts among them.")
    note: str = Field("", description="Why the value or its interval is missing.")


class NotebookRecord(Record):
    """How a report came out."""

    template: str
    title: str
    about: str = ""
    status: str
    failed_cell: str | None = None
    error: str | None = None
    seconds: float = 0.0

    @property
    def is_ok(self) -> bool:
        """True if every cell ran to its end."""
        return self.status == "ok"

    @property
    def reason(self) -> str:
        """The error in one line, or nothing."""
        return (self.error or "").strip().partition("\n")[0]


class FileRecord(Record):
    """A file as the manifest knows it."""

    path: str
    sha256: str
    n_bytes: int


class StageRecord(Record):
    """When a stage ran."""

    stage: str
    started_at: datetime
    finished_at: datetime


class ProvenanceRecord(Record):
    """The code and the versions that made the run."""

    python: str = ""
    platform: str = ""
    versions: dict[str, str] = {}
    code_commit: str | None = None
    is_dirty: bool | None = None


class ManifestHead(Record):
    """What the catalogue needs of ``manifest.json``."""

    created_at: datetime
    parameters: ParametersRecord | None = None
    notebooks: tuple[NotebookRecord, ...] = ()
    headline: tuple[Measure, ...] = ()


class ManifestRecord(ManifestHead):
    """What the page of a run needs of ``manifest.json``."""

    provenance: ProvenanceRecord = ProvenanceRecord()
    stages: tuple[StageRecord, ...] = ()
    files: tuple[FileRecord, ...] = ()


class FailureRecord(Record):
    """Where a run stopped, and why: ``failure.json``."""

    stage: str
    kind: str = ""
    message: str


class EvidenceRecord(Record):
    """A small table: what a check has seen."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[JsonValue, ...], ...] = ()


class CheckHead(Record):
    """How one coded check ended."""

    code: str
    is_blocking: bool = False
    state: str
    muted_because: str = ""

    @property
    def needs_attention(self) -> bool:
        """True if it is an issue or a tip that was not muted."""
        return self.state in ("issue", "tip") and not self.muted_because

    @property
    def is_issue(self) -> bool:
        """True if it is an issue that was not muted."""
        return self.state == "issue" and not self.muted_because


class CheckRecord(CheckHead):
    """What one coded check found."""

    title: str
    looks_at: str = ""
    message: str = Field("", validation_alias=AliasChoices("message", "told"))
    advice: str = ""
    evidence: EvidenceRecord = EvidenceRecord()


class ChecksHead(Record):
    """What the catalogue needs of ``checks/checks.json``."""

    results: tuple[CheckHead, ...] = ()


class ChecksRecord(Record):
    """All coded checks of a run: ``checks/checks.json``."""

    results: tuple[CheckRecord, ...] = ()


class RegistrationRecord(Record):
    """The model of a run in the registry: ``model/registration.json``."""

    model_id: str
    version: str = ""
    is_promoted: bool | None = None
    reason: str = ""


class FeatureRecord(Record):
    """A feature of the model: of ``features/catalogue.json``."""

    name: str
    group: str = ""
    description: str = ""
    unit: str = ""
    lowest: float | None = None
    highest: float | None = None
    latest: str = ""
    monotone: int = 0
    sources: tuple[str, ...] = ()


class FeaturesRecord(Record):
    """The features of a run, in the order of their columns."""

    features: tuple[FeatureRecord, ...] = ()


class EvaluationRecord(Record):
    """Every metric of a run: ``evaluation/metrics.json``."""

    metrics: tuple[Measure, ...] = ()


class PromiseRecord(Record):
    """A share that a report promised."""

    run_id: str
    model_id: str = ""
    made_on: date
    metric: str
    value: float
    low: float | None = None
    high: float | None = None


class PromiseOutcomeRecord(Record):
    """What became of a promise: of ``promises/promises.json``."""

    promise: PromiseRecord
    verdict: str
    first_day: date | None = None
    last_day: date | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""


class PromisesRecord(Record):
    """What became of the promises of earlier runs."""

    outcomes: tuple[PromiseOutcomeRecord, ...] = ()
