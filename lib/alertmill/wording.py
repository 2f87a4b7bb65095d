"""Numbers and names in sentences: one plural, one way to list."""

from __future__ import annotations

from collections.abc import Sequence

_VOWELS = "aeiou"


def plural(n: int, one: str) -> str:
    """Return the noun in the number that ``n`` asks for.

    Examples
    --------
    >>> plural(1, "alert"), plural(0, "address"), plural(2, "delivery"), plural(2, "day")
    ('alert', 'addresses', 'deliveries', 'days')
    >>> plural(2, "batch")
    'batches'
    """
    if n == 1:
        return one
    if one.endswith(("s", "x", "ch", "sh")):
        return f"{one}es"
    if one.endswith("y") and one[-2] not in _VOWELS:
        return f"{one[:-1]}ies"
    return f"{one}s"


def counted(n: int, one: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "feature"), counted(1200, "alert")
    ('1 feature', '1,200 alerts')
    """
    return f"{n:,} {plural(n, one)}"


def percent(share: float | None, decimals: int = 1) -> str:
    """Write a share.

    Examples
    --------
    >>> percent(0.1234), percent(0), percent(None), percent(0.00004)
    ('12.3 %', '0 %', 'an unknown share', 'below 0.1 %')
    """
    if share is None:
        return "an unknown share"
    if share == 0:
        return "0 %"
    if 0 < share < 0.5 * 10 ** -(decimals + 2):
        return f"below {10**-decimals:g} %"
    return f"{100 * share:.{decimals}f} %"


def listing(names: Sequence[str]) -> str:
    """Join names.

    Examples
    --------
    >>> listing(["a"]), listing(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def readable(name: str) -> str:
    """Write the name of a metric, a column or a value as words.

    Examples
    --------
    >>> readable("average_precision"), readable("PEEL_CHAIN"), readable("roc_auc")
    ('average precision', 'peel chain', 'ROC AUC')
    >>> readable("f1_score"), readable("brier_score")
    ('F1 score', 'Brier score')
    """
    return (
        name.replace("_", " ")
        .lower()
        .replace("roc auc", "ROC AUC")
        .replace("usd", "USD")
        .replace("f1 ", "F1 ")
        .replace("brier", "Brier")
    )
