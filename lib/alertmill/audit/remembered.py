"""The ledger in the database of a network, out of reach of whoever rewrites the runs folder."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from alertmill.audit.chain import signature_fault, signer_of
from alertmill.audit.heads import KnownHead, LedgerHead
from alertmill.audit.ledger import SignedLedger, StoredEntry, read_entries
from alertmill.audit.trust import TrustedKeys
from alertmill.errors import SignedLedgerError
from alertmill.storage import Client
from alertmill.storage.ledger_entries import (
    ENTRY_COLUMNS,
    fetch_ledger_entries,
    insert_ledger_entries,
)


def remember_entries(client: Client, signed: SignedLedger, network: str) -> int:
    """Copy the entries about a network that its database lacks; return their number.

    Parameters
    ----------
    client : Client
        Connected to the database of the network.
    signed : SignedLedger
        The ledger.
    network : str
        Name of the network.

    Raises
    ------
    SignedLedgerError
        If an entry that is to be copied is not as it was signed.
    """
    trusted = signed.trusted
    known = set(fetch_ledger_entries(client)["entry_sha256"])
    missing = [
        stored
        for stored in read_entries(signed.runs_dir)
        if stored.sha256 not in known and _is_about(stored, network)
    ]
    for stored in missing:
        if fault := signature_fault(stored, trusted):
            raise SignedLedgerError.changed(stored.path, fault)
    insert_ledger_entries(client, _rows(missing, trusted))
    return len(missing)


def remembered_heads(client: Client, network: str) -> list[KnownHead]:
    """Return the entries that the database of a network remembers."""
    rows = fetch_ledger_entries(client)
    return [
        KnownHead(LedgerHead(number=number, sha256=digest), f"the database of {network}")
        for number, digest in rows.iter_rows()
    ]


def _is_about(stored: StoredEntry, network: str) -> bool:
    if stored.entry is None:
        raise SignedLedgerError.changed(stored.path, "it holds no entry")
    return stored.entry.path.startswith(f"{network}/")


def _rows(entries: Sequence[StoredEntry], trusted: TrustedKeys) -> pl.DataFrame:
    rows = [
        {
            "number": stored.number,
            "kind": stored.entry.kind.value,
            "path": stored.entry.path,
            "sha256": stored.entry.sha256,
            "entry_sha256": stored.sha256,
            "key_id": signer.key_id,
            "signed_at": stored.entry.signed_at,
            "envelope": stored.content.decode(),
        }
        for stored in entries
        if stored.entry is not None and (signer := signer_of(stored, trusted)) is not None
    ]
    return pl.DataFrame(rows, schema=ENTRY_COLUMNS)
