"""Check the entries of the signed ledger: signatures, order, and heads that were kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from alertmill.audit.deviations import Deviation
from alertmill.audit.entries import SignedEntry
from alertmill.audit.heads import KnownHead
from alertmill.audit.keys import PublicKey
from alertmill.audit.ledger import SIGNED_LEDGER, StoredEntry
from alertmill.audit.trust import TrustedKeys
from alertmill.wording import counted


def signature_fault(stored: StoredEntry, trusted: TrustedKeys) -> str:
    """Return why the signature of an entry does not count; empty if it counts."""
    signer = signer_of(stored, trusted)
    if signer is None:
        return "no trusted key has signed it"
    known = trusted.find(signer.key_id)
    if known is not None and known.revocation and not known.counts_for(stored.number):
        return (
            f"the key {signer.key_id} that signed it was revoked after entry "
            f"{known.revocation.last_number}: {known.revocation.reason}"
        )
    return ""


def signer_of(stored: StoredEntry, trusted: TrustedKeys) -> PublicKey | None:
    """Return the trusted key that signed an entry, revoked or not; None if none did."""
    if stored.envelope is None:
        return None
    return stored.envelope.signer_among(known.key for known in trusted.keys)


def check_chain(
    entries: Sequence[StoredEntry], trusted: TrustedKeys, heads: Iterable[KnownHead]
) -> list[Deviation]:
    """Return every entry that is changed, not signed, out of order, missing or cut off.

    Parameters
    ----------
    entries : sequence of StoredEntry
        The whole ledger, as `read_entries` returns it.
    trusted : TrustedKeys
        Keys whose signatures count.
    heads : iterable of KnownHead
        Entries that are known from elsewhere; a ledger whose end was cut off is sound in itself.
    """
    return [
        *_faulty(entries, trusted),
        *_out_of_order(entries),
        *_unlike_known(entries, heads),
    ]


def sound_entries(entries: Iterable[StoredEntry], trusted: TrustedKeys) -> Iterator[SignedEntry]:
    """Return what the entries say whose signatures count."""
    for stored in entries:
        if stored.entry is not None and not signature_fault(stored, trusted):
            yield stored.entry


def _faulty(entries: Sequence[StoredEntry], trusted: TrustedKeys) -> Iterator[Deviation]:
    for stored in entries:
        if stored.path.is_symlink():
            yield Deviation(_place(stored.path), "it is a link, expected a file")
        elif stored.entry is None:
            yield Deviation(_place(stored.path), "it holds no entry, or that of another file name")
        elif fault := signature_fault(stored, trusted):
            yield Deviation(_place(stored.path), fault)


def _out_of_order(entries: Sequence[StoredEntry]) -> Iterator[Deviation]:
    if entries and entries[0].number != 1:
        yield Deviation(SIGNED_LEDGER, f"it begins with entry {entries[0].number}, expected 1")
    for before, stored in pairwise(entries):
        if stored.number == before.number:
            yield Deviation(_place(stored.path), f"entry {stored.number} stands there twice")
        elif stored.number > before.number + 1:
            n_missing = stored.number - before.number - 1
            yield Deviation(
                _place(stored.path),
                f"{counted(n_missing, 'entry')} before it {_is_or_are(n_missing)} gone",
            )
        elif stored.entry is not None and stored.entry.previous != before.sha256:
            yield Deviation(
                _place(stored.path),
                f"it was signed after another entry {before.number} than the one that is there",
            )


def _unlike_known(
    entries: Sequence[StoredEntry], heads: Iterable[KnownHead]
) -> Iterator[Deviation]:
    by_number = {stored.number: stored.sha256 for stored in entries}
    last = max(by_number, default=0)
    for known in heads:
        number = known.head.number
        found = by_number.get(number)
        if number > last:
            yield Deviation(
                SIGNED_LEDGER,
                f"it ends at entry {last}, but {known.place} knows entry {number}: "
                "its end was cut off",
            )
        elif found is not None and found != known.head.sha256:
            yield Deviation(
                SIGNED_LEDGER, f"entry {number} is another one than {known.place} knows"
            )


def _is_or_are(number: int) -> str:
    return "is" if number == 1 else "are"


def _place(path: Path) -> str:
    return f"{SIGNED_LEDGER}/{path.name}"
