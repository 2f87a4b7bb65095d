"""AM012: whether there are enough cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.checks.check import Check, Verdict, issue, passed, tip

if TYPE_CHECKING:
    from alertmill.runs import Run

FEWEST, ENOUGH = 20, 50
"""Addresses with a confirmed alert. With 20 the Wilson interval of a share of one half reaches
from 0.30 to 0.70, with 50 from 0.37 to 0.63."""


class Support(Check):
    """Alerts of one address are alike: what counts is how many addresses were confirmed."""

    code = "AM012"
    title = "too few confirmed addresses"
    looks_at = (
        f"addresses with a confirmed alert in every range; {FEWEST} at least, {ENOUGH} to rest on"
    )
    advice = "Lengthen the range of days, label more alerts, or read the numbers as a first sign."

    def look(self, run: Run) -> Verdict:
        """Count confirmed addresses in training and in every population that is measured."""
        y, split = pl.col("y"), pl.col("split").cast(pl.String)
        trained = run.targets.filter(split == "train", y == 1)["address"].n_unique()
        counts = [("train", trained)] + [
            (str(size.split), size.n_positive_addresses) for size in run.evaluation.populations
        ]
        evidence = pl.DataFrame(counts, schema=["range", "confirmed addresses"], orient="row")
        least, n = min(counts, key=lambda entry: entry[1])
        told = f"{n} confirmed addresses in {least}"
        if n < FEWEST:
            return issue(told, evidence)
        return tip(told, evidence) if n < ENOUGH else passed(f"at least {told}", evidence)
