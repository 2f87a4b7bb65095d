"""AM012: whether there are enough cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.checks.check import Check, Verdict, issue, passed, tip
from alertmill.evaluation.summaries import POPULATION_TITLES
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.runs import Run

FEWEST, ENOUGH = 20, 50
"""Addresses of the rarer class. With 20 the Wilson interval of a share of one half reaches from
0.30 to 0.70, with 50 from 0.37 to 0.63."""


class Support(Check):
    """Alerts of one address are alike: what counts is how many addresses a class has."""

    code = "AM012"
    title = "too few confirmed or cleared addresses"
    looks_at = (
        "addresses with a confirmed and with a cleared alert in every range; "
        f"{FEWEST} of either at least, {ENOUGH} to rest on"
    )
    advice = "Lengthen the range of days, label more alerts, or read the numbers as a first sign."

    def look(self, run: Run) -> Verdict:
        """Count addresses of both classes in training and in every population that is measured."""
        trained = run.targets.filter(pl.col("split").cast(pl.String) == "train")
        counts = [("train", _addresses(trained, 1), _addresses(trained, 0))] + [
            (
                POPULATION_TITLES[size.split],
                size.n_positive_addresses,
                size.n_negative_addresses,
            )
            for size in run.evaluation.populations
        ]
        columns = ["range", "confirmed addresses", "cleared addresses"]
        evidence = pl.DataFrame(counts, schema=columns, orient="row")
        n, told = min(
            (n, f"{counted(n, f'{word} address')} in {name}")
            for name, confirmed, cleared in counts
            for n, word in ((confirmed, "confirmed"), (cleared, "cleared"))
        )
        if n < FEWEST:
            return issue(told, evidence)
        return tip(told, evidence) if n < ENOUGH else passed(f"at least {told}", evidence)


def _addresses(alerts: pl.DataFrame, label: int) -> int:
    return alerts.filter(pl.col("y") == label)["address"].n_unique()
