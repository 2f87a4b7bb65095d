"""The colours of the figures are told apart with every kind of colour vision, by simulation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from alertmill.plotting.style import PALETTE

SIMULATIONS = {
    # Machado, Oliveira and Fernandes (2009), full severity, on linear RGB.
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}
XYZ_OF_RGB = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
WHITE = (0.95047, 1.0, 1.08883)
APART = 15.0
"""Difference in CIELAB; 2.3 is just noticed side by side, thin lines need several times that."""


def linear(colour: str) -> np.ndarray:
    """Return the linear RGB of a hexadecimal colour."""
    values = np.array(list(bytes.fromhex(colour[1:]))) / 255
    return np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Return the CIELAB of linear RGB."""
    ratio = np.array(XYZ_OF_RGB) @ rgb / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", SIMULATIONS)
def test_every_pair_of_the_palette_is_told_apart(vision: str) -> None:
    seen = {c: lab(np.clip(np.array(SIMULATIONS[vision]) @ linear(c), 0, 1)) for c in PALETTE}

    alike = {
        pair: round(float(np.linalg.norm(seen[pair[0]] - seen[pair[1]])), 1)
        for pair in combinations(PALETTE, 2)
    }
    assert {} == {pair: apart for pair, apart in alike.items() if apart < APART}
