"""Addresses that are equal on their network become equal texts, and broken ones are named."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertmill.addresses import AddressFault, compare_as, spelt_for_people
from alertmill.addresses.checksums import bech32_is_right, decoded_base58, eip55_is_right
from alertmill.addresses.keccak import keccak_256
from alertmill.vocabulary import AddressKind

# The addresses of EIP-55, and those of BIP-173, BIP-350 and the Substrate documentation.
EIP_55 = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
]
BECH32 = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
BECH32M = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
TETHER_ON_TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
SOLANA_TOKENS = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"


def compared(kind: AddressKind, *addresses: str | None) -> list[str | None]:
    """Return addresses as they are compared; they must not be broken."""
    found = compare_as(pl.DataFrame({"address": addresses}), ["address"], kind)
    assert found.fault is None
    return found.frame["address"].to_list()


def fault(kind: AddressKind, *addresses: str) -> AddressFault:
    found = compare_as(pl.DataFrame({"address": addresses}), ["address"], kind).fault
    assert found is not None
    return found


@settings(deadline=None)
@given(st.integers(0, 2**160 - 1), st.lists(st.booleans(), min_size=1, max_size=3))
def test_case_is_no_part_of_an_evm_address(number: int, shouted: list[bool]) -> None:
    digits = f"{number:040x}"
    spelt = [f"0x{digits.upper() if is_loud else digits}" for is_loud in shouted]

    assert [f"0x{digits}"] * len(spelt) == compared(AddressKind.EVM, *spelt)


def test_a_checksum_spelling_is_the_address_in_small_letters() -> None:
    assert [a.lower() for a in EIP_55] == compared(AddressKind.EVM, *EIP_55)


def test_people_see_the_checksum_spelling_again() -> None:
    small = pl.Series([*(a.lower() for a in EIP_55), EIP_55[0].lower(), "mint", None])

    shown = spelt_for_people(small, AddressKind.EVM)

    assert [*EIP_55, EIP_55[0], "mint", None] == shown.to_list()
    assert spelt_for_people(small.clear(), AddressKind.EVM).is_empty()


@pytest.mark.parametrize("kind", [kind for kind in AddressKind if kind is not AddressKind.EVM])
def test_people_see_addresses_of_other_kinds_as_they_are_compared(kind: AddressKind) -> None:
    addresses = pl.Series([BECH32, GENESIS, EIP_55[0].lower()])

    assert addresses.equals(spelt_for_people(addresses, kind))


def test_a_bech32_address_in_capitals_is_the_same_address() -> None:
    assert [BECH32, BECH32M] == compared(AddressKind.BITCOIN, BECH32.upper(), BECH32M)


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (AddressKind.BITCOIN, GENESIS),
        (AddressKind.TRON, TETHER_ON_TRON),
        (AddressKind.SS58, ALICE),
        (AddressKind.SOLANA, SOLANA_TOKENS),
        (AddressKind.OPAQUE, "DE89 3704 0044 0532 0130 00"),
        (AddressKind.OPAQUE, "Konto Nr. 5 Ä"),
    ],
)
def test_an_address_whose_case_counts_stays_as_it_is(kind: AddressKind, address: str) -> None:
    assert [address, None] == compared(kind, address, None)


@pytest.mark.parametrize(
    ("kind", "address", "standard"),
    [
        (AddressKind.EVM, EIP_55[0].replace("aA", "AA"), "EIP-55"),
        (AddressKind.BITCOIN, GENESIS.replace("Div", "div"), "base58check"),
        (AddressKind.BITCOIN, BECH32.replace("w508", "w509"), "BIP-173"),
        (AddressKind.BITCOIN, BECH32M.replace("lxv", "lxw"), "BIP-350"),
        (AddressKind.BITCOIN, BECH32.replace("qw5", "qW5"), "in one case"),
        (AddressKind.TRON, TETHER_ON_TRON.replace("NHq", "NHQ"), "base58check"),
        (AddressKind.SS58, ALICE.replace("zXb", "zXc"), "SS58"),
        (AddressKind.SOLANA, "1" * 40, "32 bytes"),
    ],
)
def test_a_letter_that_differs_is_found_by_the_checksum(
    kind: AddressKind, address: str, standard: str
) -> None:
    found = fault(kind, address)

    assert ("address", 0, address) == (found.column, found.row, found.found)
    assert standard in found.expected


@pytest.mark.parametrize("kind", AddressKind)
@pytest.mark.parametrize(
    "odd", ["{} ", " {}", "{}\t", "{}\n", "{}\u200b", "\ufeff{}", "{}\u00a0", "{}\x00", "{}\u3164"]
)
def test_blanks_and_what_cannot_be_seen_are_refused_by_row(kind: AddressKind, odd: str) -> None:
    found = fault(kind, "someone", odd.format("0x" + "ab" * 20), odd.format("else"))

    assert 1 == found.row
    assert "without blanks" in found.expected
    assert "(and 1 more address)" in found.expected


def test_the_first_row_of_all_columns_is_named() -> None:
    frame = pl.DataFrame({"from": ["a", "b", "c "], "to": ["d", "e ", "f"]})

    found = compare_as(frame, ["from", "to"], AddressKind.OPAQUE).fault

    assert found is not None
    assert ("to", 1, "e ") == (found.column, found.row, found.found)


def test_words_among_addresses_are_counted_and_stay() -> None:
    addresses = pl.DataFrame({"address": ["0x" + "AB" * 20, "Mint", None]})

    found = compare_as(addresses, ["address"], AddressKind.EVM)

    assert ["0x" + "ab" * 20, "Mint", None] == found.frame["address"].to_list()
    assert "1 of 2 addresses are not written as the kind evm" in found.remark
    assert "'Mint'" in found.remark


def test_addresses_of_another_network_are_refused_by_the_name_of_their_kind() -> None:
    found = fault(AddressKind.BITCOIN, *(a.lower() for a in EIP_55))

    assert "an address of the kind bitcoin" in found.expected
    assert "every address is one of the kind evm" in found.expected


def test_categories_are_compared_as_texts() -> None:
    frame = pl.DataFrame({"address": pl.Series(["0x" + "AB" * 20], dtype=pl.Categorical)})

    spelt = compare_as(frame, ["address"], AddressKind.EVM).frame

    assert ["0x" + "ab" * 20] == spelt["address"].to_list()


def test_contracts_of_assets_are_folded_and_may_be_words() -> None:
    frame = pl.DataFrame({"address": ["0x" + "ab" * 20] * 2, "asset": ["native", "0X" + "AB" * 20]})

    spelt = compare_as(frame, ["address"], AddressKind.EVM, contracts=["asset"]).frame

    assert ["native", "0x" + "ab" * 20] == spelt["asset"].to_list()


# --- the checksums ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"testing", "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02"),
    ],
)
def test_keccak_gives_the_published_digests(text: bytes, digest: str) -> None:
    assert [digest] * 2 == [row.tobytes().hex() for row in keccak_256([text, text])]


def test_no_addresses_have_no_wrong_checksum() -> None:
    assert [] == eip55_is_right([])


def test_version_0_needs_bech32_and_version_1_bech32m() -> None:
    as_version_1 = BECH32.replace("bc1q", "bc1p")

    assert bech32_is_right(BECH32)
    assert bech32_is_right(BECH32M)
    assert not bech32_is_right(as_version_1)


def test_each_1_in_front_of_base58_is_a_byte_0() -> None:
    assert bytes(21) == decoded_base58("1" * 21)
    assert 25 == len(decoded_base58(GENESIS))
