"""Bring addresses into the spelling in which equal ones are equal, and find those that are broken.

Everything is done on the distinct addresses of a table, and only what its kind of address needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from alertmill.addresses.checksums import (
    base58check_is_right,
    bech32_is_right,
    decoded_base58,
    eip55_is_right,
    eip55_spelling,
    ss58_is_right,
)
from alertmill.vocabulary import AddressKind
from alertmill.wording import plural

_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
# SLIP-173: Bitcoin, its test networks, Litecoin and its test network.
_BECH32 = r"(?i:(?:bc|tb|bcrt|ltc|tltc)1[02-9ac-hj-np-z]{11,87})"
_FORMS = {
    AddressKind.EVM: (r"^0[xX][0-9a-fA-F]{40}$", "0x and 40 hexadecimal digits"),
    AddressKind.TRON: (rf"^T{_BASE58}{{33}}$", "T and 33 letters and digits of base58"),
    AddressKind.BITCOIN: (
        rf"^(?:[123mnLMD]{_BASE58}{{25,34}}|{_BECH32})$",
        "base58 that begins with 1 or 3, or bech32 such as bc1q…",
    ),
    AddressKind.SS58: (rf"^{_BASE58}{{46,50}}$", "46 to 50 letters and digits of base58"),
    AddressKind.SOLANA: (rf"^{_BASE58}{{32,44}}$", "32 to 44 letters and digits of base58"),
}
"""Pattern of each kind, the narrow ones first, and what it says."""
_INVISIBLE = (
    r"\p{C}\u{00AD}\u{034F}\u{115F}\u{1160}\u{17B4}\u{17B5}\u{180B}-\u{180F}\u{3164}\u{FFA0}"
    r"\u{FE00}-\u{FE0F}"
)
"""Control and format characters, and letters that are drawn as nothing."""
_PLAIN_EVM = "^0x[0-9a-f]{40}$"
_NO_BLANKS = rf"[\s{_INVISIBLE}]"
_NO_BLANKS_AT_ENDS = rf"[{_INVISIBLE}]|^\s|\s$|[^\S ]"
_Check = Callable[[Sequence[str]], list[bool]]


def _none_broken() -> pl.DataFrame:
    return pl.DataFrame(schema={"address": pl.String, "expected": pl.String})


@dataclass(frozen=True)
class AddressFault:
    """The first address of a table that cannot be one of its network."""

    column: str
    row: int
    found: str
    expected: str


@dataclass(frozen=True)
class Compared:
    """A table whose equal addresses are spelt equally."""

    frame: pl.DataFrame
    fault: AddressFault | None = None
    """The first of the broken addresses, or that all are of another network."""
    broken: pl.DataFrame = field(default_factory=_none_broken)
    """See `find_faults`."""
    remark: str = ""
    """What is odd about its addresses and may be right all the same."""


def compare_as(
    frame: pl.DataFrame,
    columns: Sequence[str],
    kind: AddressKind,
    *,
    contracts: Sequence[str] = (),
    names: str = "",
) -> Compared:
    """Spell the addresses in columns of a table so that those which are equal are equal texts.

    Parameters
    ----------
    columns : sequence of str
        Columns of addresses; null is left alone.
    contracts : sequence of str
        Columns of the contracts of assets, which may be words such as native; not checked.
    names : str
        How names begin that stand for an address and are none; they are no remark.
    """
    # Texts of few values come as categories as well.
    texts = [pl.col(column).cast(pl.String) for column in columns]
    frame = frame.with_columns(
        *texts, *(folded(pl.col(column).cast(pl.String), kind) for column in contracts)
    )
    if kind is AddressKind.EVM and _are_plain(frame, columns):
        return Compared(frame)
    distinct = pl.concat([frame[column] for column in columns]).drop_nulls()
    distinct = distinct.unique().alias("address")
    broken = find_faults(distinct, kind)
    fault = None if broken.is_empty() else _first(frame, columns, broken)
    forms = _of_form(distinct, kind)
    if fault is None and distinct.len() and not forms.any():
        other = _other_kind(distinct)
        fault = None if other is None else _other_network(frame, columns, kind, other)
    if (distinct.to_frame().select(folded(pl.col("address"), kind)).to_series() != distinct).any():
        frame = frame.with_columns(folded(pl.col(column), kind) for column in columns)
    others = distinct.filter(~forms)
    unnamed = others.filter(~others.str.starts_with(names)) if names else others
    return Compared(frame, fault, broken, _remark(unnamed, distinct.len(), kind))


def _are_plain(frame: pl.DataFrame, columns: Sequence[str]) -> bool:
    """Return True if nothing is to be done: finding the distinct addresses would cost more."""
    plain = (pl.col(column).str.contains(_PLAIN_EVM).all() for column in columns)
    return bool(frame.select(pl.all_horizontal(plain)).item())


def folded(address: pl.Expr, kind: AddressKind) -> pl.Expr:
    """Return the spelling in which equal addresses of a kind are equal; other texts stay."""
    if kind is AddressKind.EVM:
        pattern = _FORMS[kind][0]
    elif kind is AddressKind.BITCOIN:
        pattern = f"^{_BECH32}$"
    else:
        return address
    return (
        pl.when(address.str.contains(pattern)).then(address.str.to_lowercase()).otherwise(address)
    )


def spelt_for_people(addresses: pl.Series, kind: AddressKind) -> pl.Series:
    """Return addresses that are spelt as they are compared as people and explorers write them.

    Those of the kind evm get the capitals of their checksum, EIP-55. All others are written as they
    are compared, bech32 in small letters.
    """
    if kind is not AddressKind.EVM:
        return addresses
    plain = addresses.drop_nulls().unique()
    plain = plain.filter(plain.str.contains(_PLAIN_EVM))
    return addresses.replace(plain, pl.Series(eip55_spelling(plain.to_list()), dtype=pl.String))


def find_faults(distinct: pl.Series, kind: AddressKind) -> pl.DataFrame:
    """Return the addresses that are broken.

    Parameters
    ----------
    distinct : Series of str
        Addresses, each once.

    Returns
    -------
    DataFrame
        Columns ``address`` and ``expected``, which completes "found …, expected …".
    """
    is_opaque = kind is AddressKind.OPAQUE
    blank = distinct.str.contains(_NO_BLANKS_AT_ENDS if is_opaque else _NO_BLANKS)
    found = [_faults(distinct.filter(blank), _words_on_blanks(is_opaque=is_opaque))]
    visible = distinct.filter(~blank & _of_form(distinct, kind))
    for pattern, check, expected in _CHECKS.get(kind, ()):
        checked = visible.filter(visible.str.contains(pattern))
        if checked.len():
            wrong = [not right for right in check(checked.to_list())]
            found.append(_faults(checked.filter(pl.Series(wrong)), expected))
    return pl.concat(found)


def _words_on_blanks(*, is_opaque: bool) -> str:
    where = " at its ends" if is_opaque else ""
    return f"an address without blanks{where} and without invisible or control characters"


def _faults(addresses: pl.Series, expected: str) -> pl.DataFrame:
    return addresses.alias("address").to_frame().with_columns(expected=pl.lit(expected))


def _of_form(distinct: pl.Series, kind: AddressKind) -> pl.Series:
    if kind is AddressKind.OPAQUE:
        return distinct.is_not_null()
    return distinct.str.contains(_FORMS[kind][0])


def _other_kind(distinct: pl.Series) -> AddressKind | None:
    return next((kind for kind in _FORMS if _of_form(distinct, kind).all()), None)


def _first(frame: pl.DataFrame, columns: Sequence[str], broken: pl.DataFrame) -> AddressFault:
    expected: Mapping[str, str] = dict(broken.iter_rows())
    rows = {
        column: row
        for column in columns
        if (row := frame[column].is_in(broken["address"].implode()).arg_max()) is not None
        and str(frame[column][row]) in expected
    }
    column = min(rows, key=lambda name: rows[name])
    found = str(frame[column][rows[column]])
    more = broken.height - 1
    others = f" (and {more:,} more {plural(more, 'address')})" if more else ""
    return AddressFault(column, rows[column], found, f"{expected[found]}{others}")


def _other_network(
    frame: pl.DataFrame, columns: Sequence[str], kind: AddressKind, other: AddressKind
) -> AddressFault:
    column = columns[0]
    row = int(frame[column].is_not_null().arg_max() or 0)
    return AddressFault(
        column,
        row,
        str(frame[column][row]),
        f"an address of the kind {kind}, {_FORMS[kind][1]}; every address is one of the kind "
        f"{other}, as of another network",
    )


def _remark(others: pl.Series, n_addresses: int, kind: AddressKind) -> str:
    if others.is_empty():
        return ""
    are = "address is" if n_addresses == 1 else "addresses are"
    return (
        f"{others.len():,} of {n_addresses:,} {are} not written as the kind {kind} has them "
        f"({_FORMS[kind][1]}), such as {str(others.min())[:60]!r}; compared letter by letter"
    )


def _each(check: Callable[[str], bool]) -> _Check:
    return lambda addresses: [check(address) for address in addresses]


def _is_in_one_case(address: str) -> bool:
    return address in (address.lower(), address.upper())


def _has_32_bytes(address: str) -> bool:
    return len(decoded_base58(address)) == 32  # noqa: PLR2004 - a public key of Ed25519


_CHECKSUM = "an address whose checksum is right"
_CHECKS: Mapping[AddressKind, Sequence[tuple[str, _Check, str]]] = {
    AddressKind.EVM: (
        (
            "(?:[a-f].*[A-F])|(?:[A-F].*[a-f])",
            eip55_is_right,
            f"{_CHECKSUM}: of capitals and small letters as EIP-55 has them, or of one case",
        ),
    ),
    AddressKind.BITCOIN: (
        (f"^{_BECH32}$", _each(_is_in_one_case), "a bech32 address in one case, as in BIP-173"),
        (
            f"^{_BECH32}$",
            _each(lambda address: bech32_is_right(address.lower())),
            f"{_CHECKSUM}, as in BIP-173 and BIP-350",
        ),
        (r"^[123mnLMD]", _each(base58check_is_right), f"{_CHECKSUM}, as in base58check"),
    ),
    AddressKind.TRON: ((".", _each(base58check_is_right), f"{_CHECKSUM}, as in base58check"),),
    AddressKind.SS58: ((".", _each(ss58_is_right), f"{_CHECKSUM}, as in SS58"),),
    AddressKind.SOLANA: ((".", _each(_has_32_bytes), "a base58 address of 32 bytes"),),
}
"""Pattern of those that are checked, the check, and what is expected."""
