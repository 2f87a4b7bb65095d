"""The run folder: the unit of audit, and the only thing a report reads.

Layout below ``runs/<network>/<run_id>/``: see `docs/architecture.md`. Every stage leaves a record
in ``stages/<stage>.json`` with the digest of each file it wrote; a stage whose record matches its
files is finished and is not done again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from alertmill.cards import Card
from alertmill.errors import ArtifactChangedError, ConfigurationError, UnfinishedRunError
from alertmill.files import sha256_of, write_model
from alertmill.frozen_model import FrozenModel
from alertmill.networks import STORED
from alertmill.parameters import TrainingParameters
from alertmill.removals import REMOVALS_FOLDER, check_not_removed

if TYPE_CHECKING:
    from alertmill.evaluation.check_results import CheckReport
    from alertmill.evaluation.promises import PromiseReport
    from alertmill.evaluation.reports import Comparison, Evaluation
    from alertmill.explanation.contributions import Contributions
    from alertmill.training.data.extracted import ExtractedQuery
    from alertmill.training.features.catalogue import FeatureCatalogue
    from alertmill.training.leaks import LeakReport
    from alertmill.training.models.model import AlertModel
    from alertmill.training.registry.champions import ChampionReport
    from alertmill.training.registry.rivals import RivalReports
    from alertmill.training.tuning.results import Tuning

_KEY_HEX_DIGITS = 8
_MANIFEST = "manifest.json"
PROMISES_FILE = "promises/promises.json"
"""What became of the promises of earlier runs; no stage of its own, for it reads their folders."""


def suffix_of(key: str) -> str:
    """Return the end of the name of the run that belongs to a key."""
    return hashlib.sha256(key.encode()).hexdigest()[:_KEY_HEX_DIGITS]


def suffix_of_run(path: Path) -> str:
    """Return the end of the name of a run folder, which its key decides."""
    return path.name.rpartition("-")[2]


def manifest_digest(run_dir: Path) -> str | None:
    """Return the digest of the manifest, which stands for every file of a run; None without one."""
    path = run_dir / _MANIFEST
    return sha256_of(path) if path.is_file() else None


class Stage(StrEnum):
    """The stages that fill a run folder, in their order."""

    EXTRACT = "extract"
    FEATURES = "features"
    SCREEN = "screen"
    TUNE = "tune"
    TRAIN = "train"
    EVALUATE = "evaluate"
    CHECK = "check"
    DECIDE = "decide"
    REGISTER = "register"


def _after(stage: Stage) -> list[Stage]:
    stages = list(Stage)
    return stages[stages.index(stage) + 1 :]


class FileReference(FrozenModel):
    """A file of a run folder, as a stage left it."""

    path: str
    """Relative to the run folder, with forward slashes."""
    sha256: str
    n_bytes: int
    n_rows: int | None = None
    """Rows of a parquet file, else None."""


class StageRecord(FrozenModel):
    """What a finished stage left behind."""

    stage: Stage
    started_at: datetime
    finished_at: datetime
    files: tuple[FileReference, ...]


class Registration(BaseModel):
    """How the run's model stands in trained_models."""

    # Runs of earlier versions also kept here what was decided about the model.
    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    model_id: str
    version: str
    """Given by the registry: the model's own, or the next free one; one version a model."""
    run_id: str


class Run(Card):
    """Typed, lazy access to one run folder.

    Properties read a file on first use and keep it. They raise `UnfinishedRunError` while the
    stage that makes the file has not finished.
    """

    def __init__(self, path: Path, parameters: TrainingParameters) -> None:
        self.path = path
        self.parameters = parameters

    @classmethod
    def create(
        cls, runs_dir: Path, parameters: TrainingParameters, *, key: str, now: datetime
    ) -> Self:
        """Open the run that belongs to ``key``, or start one.

        Parameters
        ----------
        runs_dir : Path
            Folder of all runs; the run lies in ``<network>/<run_id>`` below it.
        parameters : TrainingParameters
            Validated parameters, written to ``parameters.json``.
        key : str
            What the run belongs to, for example the id of a Prefect flow run: the same key finds
            the same folder again, whatever the clock says.
        now : datetime
            Start of the run, with a time zone; makes run ids sort by time.

        Raises
        ------
        ConfigurationError
            If the folder of this key was made with other parameters.
        RemovedRunError
            If the run of this key was removed.
        """
        run = cls.find(runs_dir, key=key, network=parameters.network)
        if run is not None:
            if run.parameters != parameters:
                raise ConfigurationError(
                    f"the run {run.path} was started with other parameters; "
                    "start a new run instead of changing this one."
                )
            return run
        # What was done once is not done again unasked.
        for record in (runs_dir / parameters.network / REMOVALS_FOLDER).glob(
            f"*-{suffix_of(key)}.json"
        ):
            check_not_removed(record.parents[1] / record.stem)
        name = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{suffix_of(key)}"
        path = runs_dir / parameters.network / name
        write_model(path / "parameters.json", parameters)
        return cls(path, parameters)

    @classmethod
    def find(cls, runs_dir: Path, *, key: str, network: str = "*") -> Self | None:
        """Return the run that belongs to ``key``; None if there is none, or it was removed."""
        found = sorted(runs_dir.glob(f"{network}/*-{suffix_of(key)}/parameters.json"))
        return cls.open(found[0].parent) if found else None

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open a run folder for reading.

        Raises
        ------
        UnfinishedRunError
            If ``path`` is no run folder.
        RemovedRunError
            If the run was removed.
        """
        path = Path(path)
        file = path / "parameters.json"
        if not file.is_file():
            check_not_removed(path)
            raise UnfinishedRunError.of(path, "parameters.json")
        return cls(
            path,
            TrainingParameters.model_validate_json(
                file.read_text(encoding="utf-8"), context=STORED
            ),
        )

    @property
    def run_id(self) -> str:
        """Sortable, unique name, for example ``20260105T060000Z-3f9a1c2b``."""
        return self.path.name

    def facts(self) -> dict[str, object]:
        """Return what identifies the run, and whether it is finished."""
        return {
            "network": self.parameters.network,
            "range": f"{self.parameters.start_date} to {self.parameters.end_date}",
            "model type": self.parameters.model_type,
            "state": "finished" if self.is_finished else "unfinished",
            "folder": self.path,
        }

    @property
    def is_finished(self) -> bool:
        """True if the run has its manifest; without one, no reader may trust it."""
        return (self.path / _MANIFEST).is_file()

    # --- stages -------------------------------------------------------------------------------

    def record_of(self, stage: Stage) -> StageRecord:
        """Return the record of a finished stage, or raise `UnfinishedRunError`."""
        file = self._record_path(stage)
        if not file.is_file():
            raise UnfinishedRunError.of(self.path, f"the record of the stage {stage.value!r}")
        return StageRecord.model_validate_json(file.read_text(encoding="utf-8"))

    def is_done(self, stage: Stage) -> bool:
        """Return True if the stage has a record and every file it names is unchanged."""
        if not self._record_path(stage).is_file():
            return False
        return all(self._digest(f.path) == f.sha256 for f in self.record_of(stage).files)

    def complete(self, stage: Stage, produce: Callable[[], Iterable[Path]]) -> StageRecord:
        """Run ``produce`` unless the stage is done, and record the files that it returns.

        A stage that is done anew undoes the records of the stages after it: they were made from
        what it left before.

        Parameters
        ----------
        stage : Stage
            The stage that ``produce`` performs.
        produce : callable
            Writes files below the run folder and returns their paths.
        """
        if self.is_done(stage):
            return self.record_of(stage)
        for later in _after(stage):
            self._record_path(later).unlink(missing_ok=True)
        started_at = datetime.now(UTC)
        files = tuple(self._refer(path) for path in sorted(produce()))
        self._forget_read_files()
        record = StageRecord(
            stage=stage, started_at=started_at, finished_at=datetime.now(UTC), files=files
        )
        write_model(self._record_path(stage), record)
        return record

    def check_unchanged(self, record: StageRecord) -> None:
        """Raise `ArtifactChangedError` if a file differs from its record."""
        for file in record.files:
            found = self._digest(file.path)
            if found != file.sha256:
                raise ArtifactChangedError.of(
                    self.path / file.path, expected=file.sha256, found=found or "no file"
                )

    def _record_path(self, stage: Stage) -> Path:
        return self.path / "stages" / f"{stage.value}.json"

    def _refer(self, path: Path) -> FileReference:
        n_rows = (
            pl.scan_parquet(path).select(pl.len()).collect().item()
            if path.suffix == ".parquet"
            else None
        )
        return FileReference(
            path=path.relative_to(self.path).as_posix(),
            sha256=sha256_of(path),
            n_bytes=path.stat().st_size,
            n_rows=n_rows,
        )

    def _digest(self, relative: str) -> str | None:
        path = self.path / relative
        return sha256_of(path) if path.is_file() else None

    def _forget_read_files(self) -> None:
        for name in [n for n, v in vars(type(self)).items() if isinstance(v, cached_property)]:
            vars(self).pop(name, None)

    # --- what the stages left -----------------------------------------------------------------

    def frame(self, relative: str) -> pl.DataFrame:
        """Read a parquet file of the run, or raise `UnfinishedRunError`."""
        return pl.read_parquet(self._existing(relative))

    def text(self, relative: str) -> str:
        """Read a text file of the run, or raise `UnfinishedRunError`."""
        return self._existing(relative).read_text(encoding="utf-8")

    def _was_written(self, stage: Stage, relative: str) -> bool:
        """Whether a stage has left a file; what did not exist then is not missing."""
        return relative in {written.path for written in self.record_of(stage).files}

    def _existing(self, relative: str) -> Path:
        path = self.path / relative
        if not path.is_file():
            raise UnfinishedRunError.of(self.path, relative)
        return path

    @cached_property
    def alerts(self) -> pl.DataFrame:
        """Alerts of the range, one row per (processing_date, alert_id)."""
        return self.frame("data/alerts.parquet")

    @cached_property
    def address_features(self) -> pl.DataFrame:
        """Feature rows of the alerted addresses, one per (processing_date, address)."""
        return self.frame("data/address_features.parquet")

    @cached_property
    def flows(self) -> pl.DataFrame:
        """Money flows aggregated per (processing_date, alerted address)."""
        return self.frame("data/flows.parquet")

    @cached_property
    def alert_clusters(self) -> pl.DataFrame:
        """Clusters of each alert on its own day, without the alert itself; one row per alert."""
        return self.frame("data/alert_clusters.parquet")

    @cached_property
    def snapshots(self) -> pl.DataFrame:
        """One row per processing_date over the whole population, for exploration only."""
        return self.frame("data/snapshots.parquet")

    @cached_property
    def address_labels(self) -> pl.DataFrame:
        """Every version of every label of the network, with known_at and revoked_at."""
        return self.frame("data/address_labels.parquet")

    @cached_property
    def set_aside(self) -> pl.DataFrame:
        """Rows of loaded files that were not taken, by file, reason and asset; may hold no rows."""
        from alertmill.training.data.extracted import SET_ASIDE_FILE, no_rows_set_aside

        path = f"data/{SET_ASIDE_FILE}"
        return self.frame(path) if (self.path / path).is_file() else no_rows_set_aside()

    @cached_property
    def batches(self) -> pl.DataFrame:
        """Batches that the rows come from, with the digests of their sources; may hold no rows."""
        from alertmill.training.data.extracted import BATCHES_FILE, no_batches

        path = f"data/{BATCHES_FILE}"
        return self.frame(path) if (self.path / path).is_file() else no_batches()

    @cached_property
    def registered_models(self) -> pl.DataFrame:
        """Rows of trained_models as they stood at extraction; may hold no rows."""
        return self.frame("data/trained_models.parquet")

    @cached_property
    def queries(self) -> tuple[ExtractedQuery, ...]:
        """Queries of the extract, with the number of rows of each."""
        from alertmill.training.data.extracted import QUERIES_FILE, load_queries

        return load_queries(self._existing(f"data/{QUERIES_FILE}"))

    @cached_property
    def features(self) -> pl.DataFrame:
        """Feature matrix: keys processing_date, address, alert_id, then one Float64 per feature.

        Of a cluster_scorer the alert_id is the cluster's id, the address that of its first alert.
        """
        return self.frame("features/features.parquet")

    @cached_property
    def targets(self) -> pl.DataFrame:
        """Same rows and order as `features`; see `build_targets`."""
        return self.frame("features/targets.parquet")

    @cached_property
    def units(self) -> pl.DataFrame:
        """What is scored: the alerts, or clusters with the columns that baselines read."""
        return self.frame("features/units.parquet")

    @cached_property
    def refused(self) -> pl.DataFrame:
        """Values that no such feature can have, by feature and reason; they count as missing."""
        return self.frame("features/refused.parquet")

    @cached_property
    def catalogue(self) -> FeatureCatalogue:
        """What every feature means."""
        from alertmill.training.features.catalogue import FeatureCatalogue

        return FeatureCatalogue.model_validate_json(self.text("features/catalogue.json"))

    @cached_property
    def leak_screen(self) -> LeakReport:
        """What the leak screen looked at and found; there also when it stopped the run."""
        from alertmill.training.leaks import LeakReport

        return LeakReport.model_validate_json(self.text("features/leak_screen.json"))

    @cached_property
    def tuning(self) -> Tuning:
        """The searches: their trials, and the chosen hyperparameters."""
        from alertmill.training.tuning.results import Tuning

        return Tuning.load(self._existing("tuning/trials.parquet").parent)

    @cached_property
    def model(self) -> AlertModel:
        """The model that ships: fitted on all rows up to the last validation day, calibrated."""
        from alertmill.training.models.model import AlertModel

        return AlertModel.load(self._existing("model/metadata.json").parent)

    @cached_property
    def development_model(self) -> AlertModel:
        """The model that has seen no validation row, and scores them."""
        from alertmill.training.models.model import AlertModel

        return AlertModel.load(self._existing("model/development/metadata.json").parent)

    @cached_property
    def cross_fitted(self) -> pl.DataFrame:
        """Columns of the keys, fold, y, log_odds and score: what calibrated the model."""
        return self.frame("model/cross_fitted.parquet")

    @cached_property
    def registration(self) -> Registration:
        """How the model stands in trained_models."""
        return Registration.model_validate_json(self.text("model/registration.json"))

    @cached_property
    def training_curve(self) -> pl.DataFrame:
        """Columns iteration, split (train or validation), metric, value."""
        return self.frame("model/training_curve.parquet")

    @cached_property
    def variants(self) -> pl.DataFrame:
        """Models with other parameters, date ranges and types, measured on validation."""
        return self.frame("model/variants.parquet")

    @cached_property
    def seed_refits(self) -> pl.DataFrame:
        """The same fit with other seeds, measured on validation; the model's own first."""
        return self.frame("model/seeds.parquet")

    @cached_property
    def predictions(self) -> pl.DataFrame:
        """Scores of every validation and test alert, labelled or not, by the model and rivals."""
        return self.frame("evaluation/predictions.parquet")

    @cached_property
    def checks(self) -> CheckReport:
        """Results of the coded checks, and whether the model may become the champion."""
        from alertmill.evaluation.check_results import CheckReport

        return CheckReport.model_validate_json(self.text("checks/checks.json"))

    @cached_property
    def typology_recall(self) -> pl.DataFrame:
        """Recall of each typology at several review budgets; see `recall_by_typology`."""
        return self.frame("evaluation/typology_recall.parquet")

    @cached_property
    def lift(self) -> pl.DataFrame:
        """Lift of every tenth of the test alerts; see `lift_by_tenth`."""
        return self.frame("evaluation/lift.parquet")

    @cached_property
    def origins(self) -> pl.DataFrame:
        """Metrics of the test and of earlier test ranges, and their mean; see `measure_origins`."""
        return self.frame("evaluation/origins.parquet")

    @cached_property
    def contributions(self) -> Contributions:
        """What each feature adds to the log-odds of some test alerts; see `sample_alerts`.

        Those of runs that were evaluated before they were kept are computed anew.
        """
        from alertmill.explanation.contributions import (
            CONTRIBUTIONS_FILE,
            Contributions,
            sample_alerts,
        )

        file = f"evaluation/{CONTRIBUTIONS_FILE}"
        if not self._was_written(Stage.EVALUATE, file):
            sample = sample_alerts(self.features, self.predictions)
            return Contributions.of(self.model, sample)
        return Contributions.of_table(self.frame(file), self.model, self.features)

    @cached_property
    def burdens(self) -> pl.DataFrame:
        """What reaches the queue, group by group; see `burden_by_group`.

        No rows in runs that were evaluated before groups were compared.
        """
        from alertmill.evaluation.burdens import no_burdens

        file = "evaluation/burdens.parquet"
        return self.frame(file) if self._was_written(Stage.EVALUATE, file) else no_burdens()

    @cached_property
    def promises(self) -> PromiseReport:
        """What became of the promises of earlier runs; none where they were not compared."""
        from alertmill.evaluation.promises import PromiseReport

        path = self.path / PROMISES_FILE
        return (
            PromiseReport.model_validate_json(path.read_bytes())
            if path.is_file()
            else PromiseReport()
        )

    @cached_property
    def evaluation(self) -> Evaluation:
        """Every metric with its interval."""
        from alertmill.evaluation.reports import Evaluation

        return Evaluation.model_validate_json(self.text("evaluation/metrics.json"))

    @cached_property
    def comparison(self) -> Comparison:
        """Paired tests of the model against its rivals and the ensembles."""
        from alertmill.evaluation.reports import Comparison

        return Comparison.model_validate_json(self.text("evaluation/comparison.json"))

    @cached_property
    def champion(self) -> ChampionReport:
        """The earlier model that was scored beside this one, or why none was."""
        from alertmill.training.registry.champions import ChampionReport

        return ChampionReport.model_validate_json(self.text("evaluation/champion.json"))

    @cached_property
    def rivals(self) -> RivalReports:
        """Which other registered models were scored beside this one, or why one was not.

        None at all in runs that were evaluated before models could be asked for.
        """
        from alertmill.training.registry.rivals import RivalReports

        file = "evaluation/rivals.json"
        if not self._was_written(Stage.EVALUATE, file):
            return RivalReports()
        return RivalReports.model_validate_json(self.text(file))
