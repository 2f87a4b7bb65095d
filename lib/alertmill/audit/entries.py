"""What an entry of the signed ledger says: which file had which digest, after which entry."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from alertmill.audit.envelopes import canonical_json
from alertmill.frozen_model import FrozenModel

_STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_PREDICATE_TYPE = "urn:alertmill:ledger-entry:v1"
_TOKEN_HEX_DIGITS = 12


class EntryKind(StrEnum):
    """What an entry vouches for."""

    RUN = "run"
    """The manifest of a published run, which names every file of it."""
    SCORES = "scores"
    """The manifest of a scoring run, which names every file of it."""
    REMOVAL = "removal"
    """The record of a run that housekeeping removed."""
    PROMOTION = "promotion"
    """A decision about a model."""
    REVIEW = "review"
    """A finding about a run, its resolution, or an approval."""


class _Record(FrozenModel):
    model_config = ConfigDict(populate_by_name=True)


class SignedEntry(_Record):
    """One entry."""

    number: int = Field(ge=1)
    kind: EntryKind
    path: str = Field(description="File, relative to the runs folder, with forward slashes.")
    sha256: str = Field(description="Digest of the file.")
    previous: str = Field(description="Digest of the entry before; empty of the first.")
    signed_at: datetime = Field(description="With a time zone.")
    actor: str = Field(description="Name of the user whose process signed.")

    @property
    def file_name(self) -> str:
        """Return the name, which sorts by number and tells which file is meant."""
        return f"{self.number:08d}-{token_of(self.path)}.json"

    @property
    def statement(self) -> bytes:
        """The entry as an in-toto statement v1 in canonical JSON."""
        statement = _Statement(
            type_=_STATEMENT_TYPE,
            subject=(_Subject(name=self.path, digest=_Digest(sha256=self.sha256)),),
            predicate_type=_PREDICATE_TYPE,
            predicate=_Predicate(
                number=self.number,
                kind=self.kind,
                previous=self.previous,
                signed_at=self.signed_at,
                actor=self.actor,
            ),
        )
        return canonical_json(statement.model_dump(mode="json", by_alias=True))

    @classmethod
    def of_statement(cls, content: bytes) -> SignedEntry:
        """Read an in-toto statement.

        Raises
        ------
        pydantic.ValidationError
            If it is none, or none of this ledger.
        """
        statement = _Statement.model_validate_json(content)
        (subject,) = statement.subject
        said = statement.predicate
        return cls(
            number=said.number,
            kind=said.kind,
            path=subject.name,
            sha256=subject.digest.sha256,
            previous=said.previous,
            signed_at=said.signed_at,
            actor=said.actor,
        )


class _Digest(_Record):
    sha256: str


class _Subject(_Record):
    name: str
    digest: _Digest


class _Predicate(_Record):
    number: int
    kind: EntryKind
    previous: str
    signed_at: datetime = Field(alias="signedAt")
    actor: str


class _Statement(_Record):
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: tuple[_Subject]
    predicate_type: Literal["urn:alertmill:ledger-entry:v1"] = Field(alias="predicateType")
    predicate: _Predicate


def token_of(path: str) -> str:
    """Return twelve hex digits that stand for a file in the name of an entry."""
    return hashlib.sha256(path.encode()).hexdigest()[:_TOKEN_HEX_DIGITS]
