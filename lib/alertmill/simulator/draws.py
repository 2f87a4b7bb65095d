"""Random numbers that belong to an address: what happens to others moves none of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

_N_DRAWS = 8
"""Numbers of 64 bits in a SHA-512."""


class Draws:
    """Eight numbers for every address, evenly spread between 0 and 1, both exclusive.

    They depend on the seed, the purpose and the address alone, so a further address, class of
    actors or scheme changes none of those that were there.

    Parameters
    ----------
    seed : int
        Of the world.
    purpose : str
        What the numbers are for; each purpose has numbers of its own.
    addresses : iterable of str
        One row of numbers each.
    """

    def __init__(self, seed: int, purpose: str, addresses: Iterable[str]) -> None:
        digests = b"".join(
            hashlib.sha512(f"{seed}|{purpose}|{address}".encode()).digest() for address in addresses
        )
        words = np.frombuffer(digests, dtype=">u8").reshape(-1, _N_DRAWS)
        # 52 bits and a half: as a float neither 0 nor 1
        self._uniform = ((words >> 12).astype(np.float64) + 0.5) * 2.0**-52
        self._used = 0

    def __len__(self) -> int:
        """Count the addresses."""
        return len(self._uniform)

    def uniform(self) -> np.ndarray:
        """Next number of every address, shape (n_addresses,)."""
        self._used += 1
        column: np.ndarray = self._uniform[:, self._used - 1]
        return column

    def chance(self, share: float | np.ndarray) -> np.ndarray:
        """Return True if something of a given probability happens to each address."""
        happens: np.ndarray = self.uniform() < share
        return happens

    def choice(self, values: Sequence[str], shares: Sequence[float]) -> np.ndarray:
        """One of the values for every address, each with its share."""
        bounds = np.cumsum(np.asarray(shares) / np.sum(shares))[:-1]
        return np.asarray(values)[np.searchsorted(bounds, self.uniform(), side="right")]

    def lognormal(self, median: float, sigma: float) -> np.ndarray:
        """Lognormal number of every address."""
        from scipy.special import ndtri

        return np.asarray(median * np.exp(sigma * ndtri(self.uniform())))

    def beta(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Beta distributed number of every address, of shapes one an address."""
        from scipy.special import betaincinv

        return np.asarray(betaincinv(a, b, self.uniform()))
