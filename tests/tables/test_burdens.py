"""What is said of groups: nothing without numbers, one finding, several."""

from __future__ import annotations

import polars as pl

from alertmill.evaluation.burdens import Burden, burden_by_group, no_burdens
from alertmill.tables.burdens import burden_sentence, burden_table

HEAD = ("column", "group", "measure", "n_alerts", "n_addresses", "value", "ci_low", "ci_high")
TAIL = ("rest", "p_adjusted", "is_worse", "note")


def burdens(*, worse: tuple[Burden, ...] = (), tested: bool = True) -> pl.DataFrame:
    group = ("volume_band", "below 1,000 USD")
    shares = (40, 30, 0.25, 0.15, 0.4, 0.5)
    rows = [
        (*group, burden.value, *shares, 0.01 if burden in worse else 0.8, burden in worse, "")
        for burden in Burden
    ]
    frame = pl.DataFrame(rows, schema=[*HEAD, *TAIL], orient="row").cast(no_burdens().schema)
    return frame if tested else frame.with_columns(p_adjusted=None, is_worse=None)


def test_the_sentence_of_groups_that_cannot_be_compared_says_so() -> None:
    for frame in (no_burdens(), burdens(tested=False).cast(no_burdens().schema)):
        assert burden_sentence(frame).startswith("Whether a group bears more")


def test_the_sentence_of_groups_that_are_served_alike_names_none() -> None:
    assert burden_sentence(burdens()) == (
        "No group is served worse than the others of its kind beyond chance (3 comparisons, 5 %, "
        "Holm, by address)."
    )


def test_the_sentence_names_a_group_with_its_intervals() -> None:
    found = burden_sentence(burdens(worse=(Burden.RECALL, Burden.FALSE_ALARMS)))

    assert found == (
        "Beyond chance (3 comparisons, 5 %, Holm, by address): of true alerts with volume band "
        "below 1,000 USD fewer are opened, 0.250 (0.150 to 0.400) against 0.500; of cleared alerts "
        "with volume band below 1,000 USD more are opened, 0.250 (0.150 to 0.400) against 0.500."
    )


def test_a_group_is_one_row_of_the_table() -> None:
    table = burden_table(burdens(worse=(Burden.RECALL,)))

    assert 1 == table.height
    row = table.row(0, named=True)
    assert ("volume band", "below 1,000 USD") == (row["by"], row["group"])
    assert "40 of 30 addresses" == row["true alerts"]
    assert "0.250 (0.150 to 0.400)" == row["of them opened (cleared)"]
    assert "recall" == row["worse in"]


def test_no_group_is_no_row() -> None:
    assert burden_table(no_burdens()).is_empty()
    assert burden_by_group(
        pl.DataFrame(
            schema={
                "processing_date": pl.Date,
                "address": pl.String,
                "alert_id": pl.String,
                "y": pl.Int8,
                "score": pl.Float64,
            }
        ),
        columns=["kind"],
        review_budget=1,
        n_bootstrap=50,
        seed=1,
    ).is_empty()
