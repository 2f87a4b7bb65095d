"""Keccak-256 of many short texts at once; the standard library has only its successor, SHA3-256.

The permutation is that of FIPS 202, section 3; Ethereum pads as the original submission did.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_RATE = 136
"""Bytes of a block of Keccak-256."""
_ROUNDS = 24
_SIDE = 5
_LANES = tuple((x, y) for x in range(_SIDE) for y in range(_SIDE))
_Words = npt.NDArray[np.uint64]


def keccak_256(texts: Sequence[bytes]) -> npt.NDArray[np.uint8]:
    """Return the digests as an array of shape (number of texts, 32).

    Parameters
    ----------
    texts : sequence of bytes
        All of one length below 136 bytes.
    """
    n, length = len(texts), len(texts[0]) if texts else 0
    block = np.zeros((n, _RATE), dtype=np.uint8)
    block[:, :length] = np.frombuffer(b"".join(texts), dtype=np.uint8).reshape(n, length)
    block[:, length] ^= 0x01
    block[:, -1] ^= 0x80
    words = block.view("<u8").astype(np.uint64)
    state = np.zeros((_SIDE, _SIDE, n), dtype=np.uint64)
    for i in range(words.shape[1]):
        state[i % _SIDE, i // _SIDE] = words[:, i]
    for constant in _constants():
        state = _permuted(state, constant)
    return np.stack([state[i, 0] for i in range(4)], axis=1).astype("<u8").view(np.uint8)


def _permuted(state: _Words, constant: int) -> _Words:
    """Do one round: theta, rho and pi, chi, iota."""
    parity = np.bitwise_xor.reduce(state, axis=1)
    state = state ^ (np.roll(parity, 1, axis=0) ^ _rotated(np.roll(parity, -1, axis=0), 1))[:, None]
    moved = np.empty_like(state)
    for x, y in _LANES:
        moved[y, (2 * x + 3 * y) % _SIDE] = _rotated(state[x, y], _OFFSETS[x, y])
    state = moved ^ (~np.roll(moved, -1, axis=0) & np.roll(moved, -2, axis=0))
    state[0, 0] ^= np.uint64(constant)
    return state


def _rotated(words: _Words, n: int) -> _Words:
    return words if n == 0 else (words << np.uint64(n)) | (words >> np.uint64(64 - n))


def _offsets() -> dict[tuple[int, int], int]:
    offsets, (x, y) = {(0, 0): 0}, (1, 0)
    for t in range(_ROUNDS):
        offsets[x, y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % _SIDE
    return offsets


def _constants() -> list[int]:
    """Return the constants of the rounds, which a shift register of 8 bits makes."""
    register, constants = 1, []
    for _ in range(_ROUNDS):
        constant = 0
        for j in range(7):
            constant |= (register & 1) << (2**j - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return constants


_OFFSETS = _offsets()
