"""Make the registry of models again from the run folders and the ledger of promotions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from alertmill.errors import AlertmillError
from alertmill.housekeeping.restoring import Outcome, RestoredItem, compare_rows
from alertmill.housekeeping.sealed import check_sealed
from alertmill.promotions import PromotionLedger
from alertmill.promotions.table import restore_promotions, row_of_entry
from alertmill.reporting.manifest import MANIFEST
from alertmill.storage import Client
from alertmill.storage.model_metrics import fetch_model_metrics, insert_model_metrics
from alertmill.storage.promotions import fetch_promotions
from alertmill.storage.registry import (
    TrainedModelRow,
    fetch_trained_models,
    insert_trained_model,
)
from alertmill.training.registry.rows import (
    MODEL_ROW_FILE,
    RegistryEntry,
    as_row,
    load_registered,
)
from alertmill.wording import counted

_REFUSED = (
    "the database takes no row that was deleted from it shortly before; restore the deleted row "
    "by hand, or drop the database and rebuild it"
)
_UNREADABLE = (AlertmillError, ValidationError, OSError, pl.exceptions.PolarsError)


@dataclass(frozen=True)
class RebuildReport:
    """What a rebuild found and entered."""

    items: tuple[RestoredItem, ...]

    def count(self, outcome: Outcome, table: str | None = None) -> int:
        """Return the number of items with an outcome, of one table or of all."""
        return sum(i.outcome is outcome and table in (None, i.table) for i in self.items)

    @property
    def needs_a_person(self) -> bool:
        """True if the database differs from the folders, or a finished run cannot be trusted."""
        return any(i.outcome in (Outcome.DIFFERS, Outcome.NOT_TAKEN) for i in self.items)

    @property
    def sentence(self) -> str:
        """What was entered, and what a person must look at."""
        entered = [
            counted(self.count(Outcome.ENTERED, table), thing)
            for table, thing in (
                ("trained_models", "model"),
                ("model_metrics", "metric set"),
                ("promotions", "decision"),
            )
        ]
        problems = self.count(Outcome.DIFFERS) + self.count(Outcome.NOT_TAKEN)
        rest = f" {counted(problems, 'problem')} to look at." if problems else ""
        return f"Entered: {', '.join(entered)}.{rest}"


def rebuild(client: Client, network_dir: Path) -> RebuildReport:
    """Enter what the database lacks of models, metrics and decisions of a network.

    Only folders that are as their manifests say are taken, also what is left of removed runs.
    Nothing that the database holds is changed; a second rebuild enters nothing.

    Parameters
    ----------
    client : Client
        Connected to the database of the network.
    network_dir : Path
        ``runs/<network>``.

    Raises
    ------
    PromotionLedgerError
        If an entry of the ledger cannot be read; nothing is entered then.
    """
    ledger = PromotionLedger(network_dir)
    ledger.entries()
    models, refused = _read_models(network_dir)
    # Daily scores, once runs write them, are another table here.
    return RebuildReport(
        (
            *refused,
            *_restore_metrics(client, models),
            *_restore_models(client, models),
            *_restore_decisions(client, ledger),
        )
    )


def _read_models(network_dir: Path) -> tuple[list[RegistryEntry], list[RestoredItem]]:
    """Read what the trusted folders registered, each model of a run once, oldest first."""
    found: dict[tuple[str, str], RegistryEntry] = {}
    refused = []
    for run_dir in _run_dirs(network_dir):
        if not (run_dir / MANIFEST).is_file():
            refused.append(_refused(run_dir, Outcome.UNFINISHED, f"it has no {MANIFEST}"))
            continue
        try:
            registered = _read_model(run_dir)
        except _UNREADABLE as error:
            refused.append(_refused(run_dir, Outcome.NOT_TAKEN, " ".join(str(error).split())))
            continue
        if registered is None:
            reason = f"it has no model/{MODEL_ROW_FILE}: an earlier version made it"
            refused.append(_refused(run_dir, Outcome.NOT_TAKEN, reason))
        else:
            found[registered.row.model_id, registered.row.run_id] = registered
    models = sorted(found.values(), key=lambda model: (model.row.created_at, model.row.run_id))
    return models, refused


def _run_dirs(network_dir: Path) -> list[Path]:
    names = ("parameters.json", MANIFEST)
    return sorted({path.parent for name in names for path in network_dir.glob(f"*/{name}")})


def _refused(run_dir: Path, outcome: Outcome, reason: str) -> RestoredItem:
    return RestoredItem("runs", run_dir.name, outcome, reason)


def _read_model(run_dir: Path) -> RegistryEntry | None:
    check_sealed(run_dir)
    folder = run_dir / "model"
    if not (folder / MODEL_ROW_FILE).is_file():
        return None
    registered = load_registered(folder)
    # The runs folder may have moved since; a model lies in the folder of its run.
    path = run_dir.parent.resolve() / registered.row.run_id / "model"
    return replace(registered, row=replace(registered.row, model_path=str(path)))


def _restore_models(client: Client, models: Sequence[RegistryEntry]) -> list[RestoredItem]:
    """Enter the rows last, as registering does: a listed model has its metrics."""
    stored = fetch_trained_models(client)
    known = {(model.row.model_id, model.row.run_id) for model in models}
    pairs = stored.select("model_id", "run_id").iter_rows()
    others = [(run_id, model_id) for model_id, run_id in pairs if (model_id, run_id) not in known]
    return [
        *(_restore_model(client, model.row, stored) for model in models),
        *_unexplained("trained_models", others),
    ]


def _restore_model(client: Client, row: TrainedModelRow, stored: pl.DataFrame) -> RestoredItem:
    key = {"model_id": row.model_id, "run_id": row.run_id}
    found = stored.filter(**key)
    if is_new := found.is_empty():
        insert_trained_model(client, row)
        found = fetch_trained_models(client).filter(**key)
    if found.is_empty():
        return RestoredItem("trained_models", row.run_id, Outcome.DIFFERS, _REFUSED)
    own, there = asdict(row), asdict(as_row(found))
    item = compare_rows("trained_models", row.run_id, stored=there, own=own)
    return replace(item, outcome=Outcome.ENTERED) if is_new and not item.reason else item


def _restore_metrics(client: Client, models: Sequence[RegistryEntry]) -> list[RestoredItem]:
    return [_restore_metrics_of(client, model) for model in models]


def _restore_metrics_of(client: Client, model: RegistryEntry) -> RestoredItem:
    row, own = model.row, model.metrics

    def fetch_stored() -> pl.DataFrame:
        found = fetch_model_metrics(client, row.model_id).filter(run_id=row.run_id)
        return found.select(own.columns)

    stored = fetch_stored()
    if is_new := stored.is_empty() and not own.is_empty():
        insert_model_metrics(client, own, model_id=row.model_id, run_id=row.run_id)
        stored = fetch_stored()
    if stored.equals(own):
        outcome = Outcome.ENTERED if is_new else Outcome.THERE
        return RestoredItem("model_metrics", row.run_id, outcome)
    reason = f"{stored.height} rows in the database are not the {own.height} of the folder"
    return RestoredItem("model_metrics", row.run_id, Outcome.DIFFERS, reason)


def _restore_decisions(client: Client, ledger: PromotionLedger) -> list[RestoredItem]:
    table, items = "promotions", []
    keys = ("decided_at", "model_id", "run_id", "actor")
    stored = {tuple(row[k] for k in keys): row for row in fetch_promotions(client).to_dicts()}
    restore_promotions(client, ledger)
    for entry in ledger.entries():
        own = asdict(row_of_entry(entry))
        there = stored.pop(tuple(own[k] for k in keys), None)
        name = entry.file_name
        items.append(
            RestoredItem(table, name, Outcome.ENTERED, entry.model_id)
            if there is None
            else compare_rows(table, name, stored=there, own=own)
        )
    others = ((f"{r['decided_at']:%Y-%m-%d %H:%M:%S}", r["model_id"]) for r in stored.values())
    return items + _unexplained(table, others)


def _unexplained(table: str, rows: Iterable[tuple[str, str]]) -> list[RestoredItem]:
    return [RestoredItem(table, name, Outcome.ONLY_IN_DATABASE, model) for name, model in rows]
