"""Signed envelopes: DSSE v1.0.2 around an in-toto statement v1, in canonical JSON (RFC 8785)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any

import rfc8785
from pydantic import ConfigDict, Field

from alertmill.audit.keys import PublicKey, SigningKey
from alertmill.frozen_model import FrozenModel

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class Signature(FrozenModel):
    """One signature of an envelope."""

    keyid: str
    sig: str
    """Base64."""


class Envelope(FrozenModel):
    """A payload and who signed it."""

    model_config = ConfigDict(populate_by_name=True)

    payload: str
    """Base64."""
    payload_type: str = Field(alias="payloadType")
    signatures: tuple[Signature, ...]

    @classmethod
    def sealed(cls, payload: bytes, key: SigningKey) -> Envelope:
        """Sign a payload."""
        signature = key.sign(to_be_signed(PAYLOAD_TYPE, payload))
        return cls(
            payload=_encoded(payload),
            payload_type=PAYLOAD_TYPE,
            signatures=(Signature(keyid=key.key_id, sig=_encoded(signature)),),
        )

    @property
    def content(self) -> bytes:
        """The payload.

        Raises
        ------
        ValueError
            If it is no base64.
        """
        return base64.b64decode(self.payload, validate=True)

    def signer_among(self, keys: Iterable[PublicKey]) -> PublicKey | None:
        """Return the first key that signed; None if none of them did."""
        try:
            message = to_be_signed(self.payload_type, self.content)
            signatures = {s.keyid: base64.b64decode(s.sig, validate=True) for s in self.signatures}
        except (binascii.Error, ValueError):
            return None
        signed = (
            key
            for key in keys
            if key.key_id in signatures and key.has_signed(message, signatures[key.key_id])
        )
        return next(signed, None)

    @property
    def canonical(self) -> bytes:
        """The one form in which an envelope is stored."""
        return canonical_json(self.model_dump(mode="json", by_alias=True))


def to_be_signed(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding, which binds a payload to its type.

    Source: DSSE protocol v1.0.2, "Signature Definition".
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON holds
    """Return JSON of which there is one form (RFC 8785)."""
    return rfc8785.dumps(value)


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
