"""A signed ledger with a key of its own, for runs folders of tests."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from alertmill.audit.buckets import HeadBucket
from alertmill.audit.keys import SigningKey
from alertmill.audit.ledger import SignedLedger
from alertmill.audit.trust import TRUSTED_KEYS, TrustStore


def key_of(number: int = 1) -> SigningKey:
    """Return a key that is the same in every test."""
    return SigningKey(
        Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)), is_development=True
    )


def signed_ledger(
    runs_dir: Path,
    *,
    key: int = 1,
    head_file: Path | None = None,
    head_bucket: HeadBucket | None = None,
) -> SignedLedger:
    """Return the ledger of a runs folder; the trusted keys lie in ``state`` beside that folder."""
    trust = TrustStore(runs_dir.parent / "state" / "keys" / TRUSTED_KEYS)
    return SignedLedger(runs_dir, key_of(key), trust, head_file, head_bucket)
