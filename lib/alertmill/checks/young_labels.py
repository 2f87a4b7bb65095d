"""AM015: whether labels have had time to arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.checks.check import Check, Verdict, issue, not_applicable, passed, tip
from alertmill.tables.labels import LabelArrival, label_arrival
from alertmill.vocabulary import LabelKnowledge
from alertmill.wording import counted, percent

if TYPE_CHECKING:
    from alertmill.runs import Run

MATURE = 0.8
"""Share of the labels that ever come which must have come."""
LARGE_SHARE, LARGEST_SHARE = 0.2, 0.5


class YoungLabels(Check):
    """What is labelled early is the easy part, and makes a model look better than it is."""

    code = "AM015"
    title = "young labels"
    looks_at = (
        f"test alerts whose age has brought less than {percent(MATURE, 0)} of the labels that "
        "ever come"
    )
    advice = "Set labels.maturity_days, or end the range earlier, so that labels have come."

    def look(self, run: Run) -> Verdict:
        """Compare the age of every test day with how fast labels arrive in training."""
        arrival = label_arrival(run.targets, run.address_labels)
        final = arrival.curve["known_share"].max() if arrival.curve.height else None
        if not isinstance(final, float) or final <= 0:
            return not_applicable("nobody knows when labels arrive: none has a date")
        curve = arrival.curve.select(
            pl.col("days").cast(pl.Int64), arrived_share=pl.col("known_share") / final
        )
        days = (
            _test_days(run)
            .sort("age_days")
            .join_asof(curve, left_on="age_days", right_on="days", strategy="backward")
        )
        young = days.filter(pl.col("arrived_share") < MATURE)
        share = float(young["n_alerts"].sum()) / max(float(days["n_alerts"].sum()), 1.0)
        days_to_come = counted(_mature_after(arrival, final), "day")
        told = (
            f"{percent(share, 0)} of the test alerts are younger than the {days_to_come} in which "
            f"{percent(MATURE, 0)} of the labels come"
        )
        if share > LARGEST_SHARE:
            return issue(told, days)
        return tip(told, days) if share > LARGE_SHARE else passed(told, days)


def _test_days(run: Run) -> pl.DataFrame:
    """Test days with their alerts and the days that labels had to arrive."""
    p = run.parameters
    is_test = pl.col("split").cast(pl.String) == "test"
    days = run.targets.filter(is_test).group_by("processing_date").agg(n_alerts=pl.len())
    since = (
        pl.lit(run.snapshots["processing_date"].max()) - pl.col("processing_date")
    ).dt.total_days()
    as_of = p.labels.knowledge is LabelKnowledge.AS_OF
    age = pl.lit(p.labels.maturity_days, pl.Int64) if as_of else since
    return days.with_columns(age_days=age).sort("processing_date")


def _mature_after(arrival: LabelArrival, final: float) -> int:
    reached = arrival.curve.filter(pl.col("known_share") >= MATURE * final)["days"]
    return int(reached[0])
