"""The folder of a scoring run: what was scored, as it was put into the database.

``runs/<network>/scores/<run id>/`` holds ``scoring.json`` (what was asked),
``scores/<day>.parquet`` (every scored row of a day), ``batches/<day>.parquet`` (the batches behind
it, with the digests of their sources) and ``days/<day>.json`` (what the day was made of). The
report is made of these alone, never of a database that may have moved on.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Self

import polars as pl
from pydantic import Field

from alertmill.errors import NoScoringRunError
from alertmill.files import write_model, write_parquet
from alertmill.frozen_model import FrozenModel
from alertmill.networks import STORED
from alertmill.parameters import ScoringParameters
from alertmill.runs import suffix_of

SCORES_FOLDER = "scores"
"""Below the folder of a network, beside its training runs."""
ASKED_FILE = "scoring.json"
"""What makes a folder that of a scoring run."""
_DAYS, _ROWS, _DECIDED, _BATCHES = "days", "scores", "decided.parquet", "batches"
_MISSED = "missed.json"


class UnknownCategory(FrozenModel):
    """A category that the model has not seen, so that it counts as missing."""

    feature: str
    category: str
    n_alerts: int


class OutsideRange(FrozenModel):
    """A feature with values below or above all that the model has seen."""

    feature: str
    n_alerts: int
    trained_low: float | None = Field(description="None: always missing in training.")
    trained_high: float | None
    day_low: float
    day_high: float


class RefusedValues(FrozenModel):
    """Values that no such feature can have, so that they count as missing."""

    feature: str
    reason: str
    n_alerts: int


class DayRecord(FrozenModel):
    """What a day of a scoring run was made of, and by which model."""

    day: date
    is_again: bool = Field(description="Whether the day had scores before.")
    model_id: str
    model_version: str
    model_run_id: str
    snapshot_batch_id: str
    snapshot_digest: str = Field(description="Of the snapshot and of the days that it looks back.")
    n_alerts: int = Field(description="Of the snapshot.")
    n_scored: int = Field(0, description="Alerts, or clusters.")
    n_in_queue: int = 0
    n_sampled: int = 0
    n_unscored: int = Field(0, description="Alerts that no scored row stands for.")
    unscored_because: str = Field("", description="Empty if none.")
    n_without_features: int = Field(0, description="Alerts without a row of raw_features.")
    unknown: tuple[UnknownCategory, ...] = ()
    outside: tuple[OutsideRange, ...] | None = Field(
        (), description="None: the training run of the model is gone, so ranges were not compared."
    )
    refused: tuple[RefusedValues, ...] = ()


class MissedRecord(FrozenModel):
    """How many true alerts are closed unseen, as the report of the run says it."""

    sentence: str
    is_known: bool = Field(description="Whether enough is decided for an estimate.")


class ScoringRun:
    """The folder of one scoring run.

    Nothing is written before the first day is kept, so that a run without anything to score leaves
    no folder.
    """

    def __init__(self, path: Path, parameters: ScoringParameters) -> None:
        self.path = path
        self.parameters = parameters

    @classmethod
    def of(cls, runs_dir: Path, parameters: ScoringParameters, *, key: str, now: datetime) -> Self:
        """Return the scoring run that belongs to ``key``; a retry finds the folder of before.

        Parameters
        ----------
        runs_dir : Path
            Folder of all runs.
        parameters : ScoringParameters
            What was asked.
        key : str
            For example the id of a flow run.
        now : datetime
            Start of the run, with a time zone.
        """
        folder = runs_dir / parameters.network / SCORES_FOLDER
        known = sorted(folder.glob(f"*-{suffix_of(key)}/{ASKED_FILE}"))
        if known:
            return cls.open(known[0].parent)
        return cls(folder / f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{suffix_of(key)}", parameters)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the folder of a scoring run.

        Raises
        ------
        NoScoringRunError
            If it is none.
        """
        file = path / ASKED_FILE
        if not file.is_file():
            raise NoScoringRunError.of(path)
        text = file.read_text(encoding="utf-8")
        return cls(path, ScoringParameters.model_validate_json(text, context=STORED))

    @classmethod
    def latest(cls, runs_dir: Path, network: str) -> Self:
        """Open the newest scoring run of a network.

        Raises
        ------
        NoScoringRunError
            If there is none.
        """
        folder = runs_dir / network / SCORES_FOLDER
        found = sorted(folder.glob(f"*/{ASKED_FILE}"))
        if not found:
            raise NoScoringRunError.among(folder)
        return cls.open(found[-1].parent)

    @property
    def run_id(self) -> str:
        """Sortable, unique name."""
        return self.path.name

    @property
    def runs_dir(self) -> Path:
        """Folder of all runs."""
        return self.path.parents[2]

    @property
    def is_finished(self) -> bool:
        """True if it has its manifest."""
        return (self.path / "manifest.json").is_file()

    def keep_rows(self, day: date, rows: pl.DataFrame) -> None:
        """Keep the rows of a day, before they go into the database."""
        write_model(self.path / ASKED_FILE, self.parameters)
        write_parquet(self._rows_path(day), rows)

    def keep_batches(self, day: date, batches: pl.DataFrame) -> None:
        """Keep the batches that the rows of a day come from, with the digests of their sources."""
        write_parquet(self.path / _BATCHES / f"{day}.parquet", batches)

    def keep_day(self, record: DayRecord) -> None:
        """Write down what a day was made of, after its rows have gone into the database."""
        write_model(self.path / ASKED_FILE, self.parameters)
        write_model(self._day_path(record.day), record)

    def keep_decided(self, decided: pl.DataFrame) -> None:
        """Keep what was decided about alerts of the past, to estimate what is missed."""
        write_parquet(self.path / _DECIDED, decided)

    def keep_missed(self, missed: MissedRecord) -> None:
        """Keep what is known of missed true alerts, for the first page of the site."""
        write_model(self.path / _MISSED, missed)

    def is_half_kept(self, day: date) -> bool:
        """Return True if the rows of a day are there without its record: the writer died."""
        return self._rows_path(day).is_file() and not self._day_path(day).is_file()

    @property
    def has_days(self) -> bool:
        """True if there is anything to report on."""
        return any((self.path / _DAYS).glob("*.json"))

    @cached_property
    def days(self) -> tuple[DayRecord, ...]:
        """The days of the run, the latest first."""
        paths = sorted((self.path / _DAYS).glob("*.json"), reverse=True)
        return tuple(DayRecord.model_validate_json(path.read_bytes()) for path in paths)

    @property
    def latest_day(self) -> DayRecord:
        """The day that the report is about.

        Raises
        ------
        NoScoringRunError
            If no day was kept.
        """
        if not self.days:
            raise NoScoringRunError.of(self.path)
        return self.days[0]

    @cached_property
    def scores(self) -> pl.DataFrame:
        """Rows of the latest day by rank, as `alert_scores` has them; none if it has no alerts."""
        path = self._rows_path(self.latest_day.day)
        return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=ROW_SCHEMA)

    @cached_property
    def decided(self) -> pl.DataFrame:
        """Alerts of the past with what was decided about them; see `storage.decisions`."""
        path = self.path / _DECIDED
        return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=DECIDED_SCHEMA)

    def rows_file(self, day: date) -> str:
        """Return the name of the file with the rows of a day, relative to the folder."""
        return f"{_ROWS}/{day}.parquet"

    def _rows_path(self, day: date) -> Path:
        return self.path / self.rows_file(day)

    def _day_path(self, day: date) -> Path:
        return self.path / _DAYS / f"{day}.json"


ROW_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "processing_date": pl.Date,
    "address": pl.String,
    "alert_id": pl.String,
    "typology_type": pl.String,
    "score": pl.Float64,
    "raw_score": pl.Float64,
    "day_rank": pl.UInt32,
    "day_percentile": pl.Float64,
    "is_in_queue": pl.Boolean,
    "is_sampled": pl.Boolean,
    "review_probability": pl.Float64,
    "reasons_json": pl.String,
    "change_json": pl.String,
}
"""Columns of the kept rows that the report reads."""
DECIDED_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "processing_date": pl.Date,
    "address": pl.String,
    "is_in_queue": pl.Boolean,
    "is_sampled": pl.Boolean,
    "review_probability": pl.Float64,
    "y": pl.Int8,
    "n_below": pl.UInt64,
}
"""Columns of what was decided."""
