"""Numbers as titles and labels say them."""

from __future__ import annotations

_SUFFIXES = ((1e12, "T"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))
_SMALL = 0.01


def change(share: float | None) -> str:
    """Write a relative change with its sign.

    Examples
    --------
    >>> change(0.123), change(-0.02), change(None)
    ('+12 %', '-2 %', 'no change known')
    """
    return "no change known" if share is None else f"{100 * share:+.0f} %"


def short_number(value: float) -> str:
    """Write a number in about three digits.

    Examples
    --------
    >>> short_number(3421.7), short_number(12), short_number(0.5), short_number(2.5e9)
    ('3.42k', '12', '0.5', '2.5bn')
    """
    for size, suffix in _SUFFIXES:
        if abs(value) >= size:
            return f"{value / size:.3g}{suffix}"
    return f"{value:.3g}"


def usd(value: float) -> str:
    """Write an amount: ``1.25M USD``."""
    return f"{short_number(value)} USD"
