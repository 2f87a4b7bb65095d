"""The checksums that addresses carry: EIP-55, base58check, bech32 and bech32m, SS58."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from alertmill.addresses.keccak import keccak_256

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUE_58 = {letter: value for value, letter in enumerate(_BASE58)}
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUE_32 = {letter: value for value, letter in enumerate(_BECH32)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_SUM, _BECH32M_SUM = 1, 0x2BC830A3
_MOST_AT_ONCE = 50_000
_TO_CAPITAL = ord("a") - ord("A")


def eip55_is_right(addresses: Sequence[str]) -> list[bool]:
    """Return whether the case of the hexadecimal digits is the checksum of EIP-55.

    Parameters
    ----------
    addresses : sequence of str
        0x and 40 hexadecimal digits each. A digit is a capital where the half byte at its place in
        the Keccak-256 of the address in small letters is 8 or more.
    """
    spelt = eip55_spelling(addresses)
    return [found[2:] == right[2:] for found, right in zip(addresses, spelt, strict=True)]


def eip55_spelling(addresses: Sequence[str]) -> list[str]:
    """Return addresses in the case that EIP-55 gives their digits, as explorers write them.

    Parameters
    ----------
    addresses : sequence of str
        0x and 40 hexadecimal digits each, in any case.
    """
    spelt: list[str] = []
    for start in range(0, len(addresses), _MOST_AT_ONCE):
        small = [a[2:].lower().encode() for a in addresses[start : start + _MOST_AT_ONCE]]
        halves = np.unpackbits(keccak_256(small), axis=1).reshape(len(small), 64, 4)[:, :40, 0]
        digits = np.frombuffer(b"".join(small), dtype=np.uint8).reshape(len(small), 40)
        is_capital = (digits > ord("9")) & (halves == 1)
        text = np.where(is_capital, digits - _TO_CAPITAL, digits).astype(np.uint8)
        spelt += [f"0x{row.tobytes().decode()}" for row in text]
    return spelt


def base58check_is_right(address: str) -> bool:
    """Return whether the last four bytes are those of the double SHA-256 of the others."""
    content = decoded_base58(address)
    digest = hashlib.sha256(hashlib.sha256(content[:-4]).digest()).digest()
    return digest[:4] == content[-4:]


def ss58_is_right(address: str) -> bool:
    """Return whether the last two bytes are those of the Blake2b of the others, as in SS58."""
    content = decoded_base58(address)
    return hashlib.blake2b(b"SS58PRE" + content[:-2]).digest()[:2] == content[-2:]


def decoded_base58(text: str) -> bytes:
    """Return the bytes of a text in base58; each 1 in front is a byte 0."""
    number = 0
    for letter in text:
        number = number * 58 + _VALUE_58[letter]
    n_zeros = len(text) - len(text.lstrip("1"))
    return bytes(n_zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def bech32_is_right(address: str) -> bool:
    """Return whether the checksum is that of BIP-173 for version 0, or of BIP-350 for others.

    Parameters
    ----------
    address : str
        In small letters.
    """
    prefix, _, data = address.rpartition("1")
    values = [_VALUE_32[letter] for letter in data]
    expanded = [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix)]
    expected = _BECH32_SUM if values[0] == 0 else _BECH32M_SUM
    return _polymod([*expanded, *values]) == expected


def _polymod(values: Iterable[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATOR):
            checksum ^= generator if (top >> i) & 1 else 0
    return checksum
