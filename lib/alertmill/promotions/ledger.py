"""The ledger of promotions: one immutable JSON file a decision, beside the runs of a network.

The table ``promotions`` holds the same entries for queries; it can be made again from these files.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field, JsonValue, ValidationError, field_validator

from alertmill.errors import PromotionLedgerError
from alertmill.files import write_model
from alertmill.frozen_model import FrozenModel
from alertmill.vocabulary import PromotionVerdict

GATE = "gate"
"""Actor of what a run decides by its checks and its comparison with the champion."""

LEDGER_FOLDER = "promotions"
"""Below ``runs/<network>``."""

_HEX_DIGITS = 8
_ANY_KEY = "?" * _HEX_DIGITS


class PromotionEntry(FrozenModel):
    """One decision about a model, by a run or by a person."""

    decided_at: datetime = Field(description="With a time zone, in whole milliseconds.")
    network: str
    model_type: str
    window_days: int
    model_id: str
    run_id: str
    manifest_sha256: str = Field(
        "",
        description="Digest of the run's manifest, which stands for what was evaluated; empty if "
        "the run was gone, and in entries of before.",
    )
    replaced_model_id: str = Field("", description="Champion until then; empty for none.")
    verdict: PromotionVerdict
    actor: str = Field(description="gate, or the name of the person.")
    reason: str = Field(description="The sentence of the run, or what the person wrote.")
    evidence: JsonValue = Field(None, description="Decision, checks or metrics behind it.")

    @field_validator("decided_at")
    @classmethod
    def _cut_to_milliseconds(cls, moment: datetime) -> datetime:
        # The table keeps milliseconds; an entry and its row must compare equal.
        return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)

    @property
    def is_by_gate(self) -> bool:
        """True if a run decided, False if a person did."""
        return self.actor == GATE

    @property
    def key(self) -> str:
        """Eight hex digits: equal for the same decision of a run, else one of each entry."""
        # A run decides once; a person may decide as often as there is a reason.
        moment = "" if self.is_by_gate else self.decided_at.isoformat()
        token = f"{self.actor} {self.model_id} {self.run_id} {moment}"
        return hashlib.sha256(token.encode()).hexdigest()[:_HEX_DIGITS]

    @property
    def file_name(self) -> str:
        """Name that sorts by time and holds the model id."""
        return f"{self.decided_at:%Y%m%dT%H%M%S%fZ}-{self.model_id}-{self.key}.json"


class PromotionLedger:
    """The entries of one network.

    Parameters
    ----------
    folder : Path
        ``runs/<network>``, the folder that holds the run folders.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / LEDGER_FOLDER

    def entries(self, model_id: str = "*") -> tuple[PromotionEntry, ...]:
        """Return the entries of a model, or of all models, oldest first.

        Raises
        ------
        PromotionLedgerError
            If a file of the ledger cannot be read.
        """
        return tuple(
            _read(path) for path in sorted(self.folder.glob(f"*Z-{model_id}-{_ANY_KEY}.json"))
        )

    def write(self, entry: PromotionEntry) -> PromotionEntry:
        """Add an entry, and return it; if it is there already, return that one and write nothing.

        A file that is there is never overwritten.
        """
        known = sorted(self.folder.glob(f"*Z-{entry.model_id}-{entry.key}.json"))
        if known:
            return _read(known[0])
        write_model(self.folder / entry.file_name, entry)
        return entry


def _read(path: Path) -> PromotionEntry:
    try:
        return PromotionEntry.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise PromotionLedgerError.unreadable(path, error.errors()[0]["msg"]) from error
