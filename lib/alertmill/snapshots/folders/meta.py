"""META.json: what a snapshot folder says of itself."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    StringConstraints,
    ValidationError,
    model_validator,
)
from upath import UPath

from alertmill.dates import FIRST_DATE, LAST_DATE
from alertmill.errors import SnapshotFolderError
from alertmill.errors.snapshots import quote
from alertmill.networks import KnownNetwork, is_configured
from alertmill.snapshots.folders.places import META_FILE, read_bytes
from alertmill.vocabulary import NETWORK_NAME, Network

LABELS_FILE = "address_labels.parquet"
"""How META.json names the labels, wherever they lie."""

# A name is joined to the folder's path: nothing that could lead out of it.
_FileName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}\.parquet$")]
_TableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SnapshotMeta(BaseModel):
    """The fields of META.json that are read; others are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: Annotated[str, StringConstraints(pattern=r"^1\.[0-9]+\.[0-9]+$")]
    batch_id: str
    network: KnownNetwork
    processing_date: date = Field(ge=FIRST_DATE, le=LAST_DATE)
    window_days: int = Field(ge=1, le=366)
    generated_at: AwareDatetime
    counts: dict[_TableName, NonNegativeInt]
    """Rows by name of the file without its ending."""
    sha256: dict[_FileName, _Digest]

    @model_validator(mode="after")
    def _check_batch_id(self) -> Self:
        expected = f"{self.network}-{self.processing_date}-{self.window_days}d"
        if self.batch_id != expected:
            raise ValueError(
                f"batch_id is {quote(self.batch_id)}, the other fields make it {expected}"
            )
        return self

    @property
    def digest(self) -> str:
        """Sha256 over the checksums of all files: the same for the same content."""
        lines = [f"{self.sha256[name]}  {name}\n" for name in sorted(self.sha256)]
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_meta(folder: UPath) -> SnapshotMeta:
    """Read and check the META.json of a folder.

    Raises
    ------
    SnapshotFolderError
        If it is missing, has wrong fields, or is of another snapshot than the path of its folder
        says.
    """
    content = read_bytes(folder / META_FILE)
    try:
        meta = SnapshotMeta.model_validate_json(content)
    except ValidationError as error:
        raise _invalid(folder / META_FILE, error) from None
    named = key_of_path(folder)
    own = SnapshotKey(meta.network, meta.processing_date, meta.window_days)
    if named is not None and named != own:
        raise SnapshotFolderError.of(
            folder,
            f"the path says {named}, META.json says {own}; "
            "the folder was moved, or holds another snapshot's META.json",
        )
    return meta


def _invalid(path: UPath, error: ValidationError) -> SnapshotFolderError:
    found = error.errors(include_url=False, include_context=False)[:10]
    text = "; ".join(
        f"{quote('.'.join(map(str, e['loc'])))[1:-1] or 'the file'}: {e['msg']}" for e in found
    )
    if any(e["type"] == "json_invalid" for e in found):
        return SnapshotFolderError.incomplete(path, text)
    return SnapshotFolderError.of(path, text)


@dataclass(frozen=True)
class SnapshotKey:
    """Which snapshot a folder is of, by its path."""

    network: Network
    processing_date: date
    window_days: int

    def __str__(self) -> str:
        """Return the key as the end of a path."""
        return f"{self.network}/{self.processing_date}/{self.window_days}"


def key_of_path(folder: UPath) -> SnapshotKey | None:
    """Return network, date and window, if the path ends in all three."""
    parts = (folder.parent.parent.name, folder.parent.name, folder.name)
    shape = (NETWORK_NAME, r"\d{4}-\d{2}-\d{2}", r"\d{1,3}")
    if not all(re.fullmatch(pattern, part) for pattern, part in zip(shape, parts, strict=True)):
        return None
    if not is_configured(parts[0]):
        return None
    try:
        return SnapshotKey(Network(parts[0]), date.fromisoformat(parts[1]), int(parts[2]))
    except ValueError:  # such as 2024-02-30
        return None
