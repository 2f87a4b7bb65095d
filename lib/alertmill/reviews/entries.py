"""What a reviewer says of a run, as one immutable JSON file beside the runs of a network."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from alertmill.frozen_model import FrozenModel
from alertmill.vocabulary import FindingSeverity

REVIEWS_FOLDER = "reviews"
"""Below ``runs/<network>``."""
_HEX_DIGITS = 8


class ReviewKind(StrEnum):
    """What an entry says."""

    FINDING = "finding"
    RESOLUTION = "resolution"
    """A finding is settled."""
    APPROVAL = "approval"
    REFUSAL = "refusal"
    """The reviewer is against the use of the model."""


class ReviewEntry(FrozenModel):
    """One finding, resolution, approval or refusal."""

    kind: ReviewKind
    entered_at: datetime = Field(description="With a time zone.")
    network: str
    run_id: str
    model_id: str = Field(description="Model of the run.")
    manifest_sha256: str = Field(description="Digest of the manifest that was looked at.")
    actor: str = Field(min_length=1, description="Name of the person.")
    role: str = Field("", description="In which the person speaks, such as model validation.")
    text: str = Field(min_length=1, description="What was found, or why.")
    severity: FindingSeverity | None = Field(None, description="Of a finding, else None.")
    is_blocking: bool = Field(
        default=False, description="Whether the model is not promoted while the finding is open."
    )
    resolves: str = Field("", description="Key of the finding that a resolution settles.")

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if (self.kind is ReviewKind.FINDING) is (self.severity is None):
            raise ValueError("a finding has a severity, and nothing else has one")
        if (self.kind is ReviewKind.RESOLUTION) is not bool(self.resolves):
            raise ValueError("a resolution names a finding, and nothing else does")
        return self

    @property
    def is_verdict(self) -> bool:
        """Whether it approves or refuses; of several by one person, the last one counts."""
        return self.kind in (ReviewKind.APPROVAL, ReviewKind.REFUSAL)

    @property
    def key(self) -> str:
        """Eight hex digits by which a finding is named."""
        token = f"{self.kind} {self.run_id} {self.actor} {self.entered_at.isoformat()} {self.text}"
        return hashlib.sha256(token.encode()).hexdigest()[:_HEX_DIGITS]

    @property
    def file_name(self) -> str:
        """Name that holds the run and sorts by time within it."""
        return f"{self.run_id}-{self.entered_at:%Y%m%dT%H%M%S%fZ}-{self.key}.json"

    @property
    def who(self) -> str:
        """The person with the role, for readers."""
        return f"{self.actor} ({self.role})" if self.role else self.actor


def name_of_reviews(network: str, run_id: str) -> str:
    """Return how the names of a run's entries begin, relative to the runs folder."""
    return f"{network}/{REVIEWS_FOLDER}/{run_id}-"


def reviews_folder(runs_dir: Path, network: str) -> Path:
    """Return the folder of the entries of a network."""
    return runs_dir / network / REVIEWS_FOLDER
