"""Which keys are trusted: a list beside the state of an installation, not in the runs folder."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path

from pydantic import Field, ValidationError

from alertmill.audit.keys import PublicKey, SigningKey, keys_folder
from alertmill.errors import SigningKeyError, TrustListError
from alertmill.files import write_model
from alertmill.frozen_model import FrozenModel
from alertmill.settings import Settings

TRUSTED_KEYS = "trusted.json"
"""Below the folder of keys."""


class Revocation(FrozenModel):
    """From when on, and why, a key is no longer trusted."""

    at: datetime = Field(description="With a time zone.")
    reason: str
    last_number: int = Field(description="Number of the last entry for which the key still counts.")


class TrustedKey(FrozenModel):
    """A public key whose signatures count."""

    public_key: str = Field(description="32 bytes in base64.")
    is_development: bool = Field(description="Whether this program made it on first use.")
    since: datetime = Field(description="With a time zone.")
    revocation: Revocation | None = None

    @property
    def key(self) -> PublicKey:
        """The key."""
        return PublicKey(base64.b64decode(self.public_key))

    def counts_for(self, number: int) -> bool:
        """Return whether a signature of this key counts for the entry of a number."""
        return self.revocation is None or number <= self.revocation.last_number


class TrustedKeys(FrozenModel):
    """All keys whose signatures count, or counted."""

    keys: tuple[TrustedKey, ...] = ()

    def find(self, key_id: str) -> TrustedKey | None:
        """Return a key by its id."""
        return next((known for known in self.keys if known.key.key_id == key_id), None)

    @classmethod
    def only(cls, *keys: PublicKey, now: datetime) -> TrustedKeys:
        """Trust these keys alone, such as an auditor who was given them."""
        return cls(keys=tuple(_trusted(key, is_development=False, now=now) for key in keys))


class TrustStore:
    """The list of trusted keys in its file.

    Parameters
    ----------
    path : Path
        JSON file; need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, settings: Settings) -> TrustStore:
        """Return the list of an installation."""
        return cls(keys_folder(settings) / TRUSTED_KEYS)

    def read(self) -> TrustedKeys:
        """Return the trusted keys.

        Raises
        ------
        TrustListError
            If the file cannot be read.
        """
        try:
            return TrustedKeys.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return TrustedKeys()
        except ValidationError as error:
            raise TrustListError.unreadable(self._path, error.errors()[0]["msg"]) from None

    def admit(self, key: SigningKey, *, now: datetime) -> None:
        """Trust the key with which this installation signs, from its first use on.

        Raises
        ------
        SigningKeyError
            If it was revoked.
        """
        known = self.read().find(key.key_id)
        if known is None:
            self._add(_trusted(key.public, is_development=key.is_development, now=now))
        elif known.revocation is not None:
            raise SigningKeyError.revoked(key.key_id, known.revocation.reason)

    def trust(self, key: PublicKey, *, now: datetime) -> bool:
        """Trust a key that signs elsewhere; return False if the list holds it already."""
        if self.read().find(key.key_id) is not None:
            return False
        self._add(_trusted(key, is_development=False, now=now))
        return True

    def revoke(self, key_id: str, revocation: Revocation) -> None:
        """Trust a key no longer for what comes after an entry.

        Raises
        ------
        SigningKeyError
            If the key is not in the list, or was revoked before.
        """
        trusted = self.read()
        known = trusted.find(key_id)
        if known is None:
            raise SigningKeyError.unknown(key_id, tuple(k.key.key_id for k in trusted.keys))
        if known.revocation is not None:
            raise SigningKeyError.revoked(key_id, known.revocation.reason)
        changed = known.model_copy(update={"revocation": revocation})
        self._write(tuple(changed if one is known else one for one in trusted.keys))

    def _add(self, key: TrustedKey) -> None:
        self._write((*self.read().keys, key))

    def _write(self, keys: tuple[TrustedKey, ...]) -> None:
        write_model(self._path, TrustedKeys(keys=keys))


def _trusted(key: PublicKey, *, is_development: bool, now: datetime) -> TrustedKey:
    encoded = base64.b64encode(key.raw).decode("ascii")
    return TrustedKey(public_key=encoded, is_development=is_development, since=now)
