"""Small run folders of any age, and runs that exist on paper only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from alertmill.audit.entries import EntryKind
from alertmill.audit.ledger import SignedLedger
from alertmill.files import write_model, write_text
from alertmill.housekeeping.inventory import StoredRun, files_below
from alertmill.parameters import TrainingParameters
from alertmill.promotions import PromotionEntry, PromotionLedger
from alertmill.removals import RunState
from alertmill.reporting.failure import record_failure
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.signing import sign_run
from alertmill.runs import Registration, Run
from alertmill.vocabulary import Network, PromotionVerdict
from tests.support.signing import signed_ledger

NOW = datetime(2027, 6, 1, 12, 0, tzinfo=UTC)
PARAMETERS = TrainingParameters(
    network=Network.ETHEREUM, start_date=date(2024, 1, 1), end_date=date(2024, 2, 29)
)


@dataclass(frozen=True)
class Runs:
    """Writes run folders below one root."""

    root: Path

    @property
    def network(self) -> Path:
        """Folder of the network that the runs are of."""
        return self.root / PARAMETERS.network

    @property
    def signed(self) -> SignedLedger:
        """Ledger of the root."""
        return signed_ledger(self.root)

    def begin(self, *, days_old: int, key: str = "a") -> Run:
        """Start a run that wrote one file."""
        started = NOW - timedelta(days=days_old)
        run = Run.create(self.root, PARAMETERS, key=f"{key} {days_old}", now=started)
        write_text(run.path / "data" / "rows.txt", "rows")
        _age(run.path, started)
        return run

    def fail(self, *, days_old: int) -> Run:
        """Start a run that stopped."""
        run = self.begin(days_old=days_old, key="failed")
        record_failure(run, RuntimeError("secret"))
        _age(run.path, NOW - timedelta(days=days_old))
        return run

    def finish(self, *, days_old: int, model_id: str | None = None, key: str = "a") -> Run:
        """Publish a run, with a registered model or without."""
        run = self.begin(days_old=days_old, key=key)
        if model_id is not None:
            registered = Registration(model_id=model_id, version="1.0.0", run_id=run.run_id)
            write_model(run.path / "model" / "registration.json", registered)
        write_manifest(run)
        sign_run(run, self.signed)
        _age(run.path, NOW - timedelta(days=days_old))
        return run

    def publish_again(self, run: Run, *, days_old: int) -> None:
        """Change a run, and publish and sign it anew."""
        write_text(run.path / "data" / "rows.txt", "other rows")
        write_manifest(run)
        sign_run(run, self.signed)
        _age(run.path, NOW - timedelta(days=days_old))

    def decide(self, run: Run, verdict: PromotionVerdict, *, days_ago: int) -> PromotionEntry:
        """Enter a decision about the model of a run in the ledger."""
        entry = PromotionEntry(
            decided_at=NOW - timedelta(days=days_ago),
            network=PARAMETERS.network,
            model_type=PARAMETERS.model_type.value,
            window_days=PARAMETERS.window_days,
            model_id=run.registration.model_id,
            run_id=run.run_id,
            verdict=verdict,
            actor="ann",
            reason="seen by the desk",
        )
        ledger = PromotionLedger(self.network)
        written = ledger.write(entry)
        self.signed.enter(EntryKind.PROMOTION, ledger.folder / written.file_name)
        return written


def paper_run(
    number: int,
    *,
    days_old: int,
    state: RunState = RunState.FINISHED,
    network: str = "ethereum",
    model_type: str = "alert_scorer",
) -> StoredRun:
    """Describe a run that has no folder."""
    started = NOW - timedelta(days=days_old)
    return StoredRun(
        path=Path(network) / f"{started:%Y%m%dT%H%M%SZ}-{number:08x}",
        network=network,
        model_type=model_type,
        state=state,
        started_at=started,
        last_written_at=started,
        n_files=3,
        n_bytes=100,
    )


def _age(folder: Path, moment: datetime) -> None:
    for path in files_below(folder):
        os.utime(path, (moment.timestamp(), moment.timestamp()))
