"""Groups are compared by whole addresses: the intervals hold, and equal groups are left alone."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from alertmill.errors import ConfigurationError, UnknownNameError
from alertmill.evaluation.burdens import (
    MIN_GROUP_ADDRESSES,
    MIN_GROUP_ALERTS,
    Burden,
    burden_by_group,
)
from alertmill.evaluation.group_columns import (
    AGE_BAND_NAMES,
    check_group_columns,
    columns_of_groups,
    with_groups,
)

N_WORLDS = 300
COLUMNS = ("kind", "band")


def world(
    seed: int, *, n_addresses: int = 400, n_days: int = 5, shift: float = 0.0, label: float = 0.7
) -> pl.DataFrame:
    """Alerts of addresses that keep their truth, their group and nearly their score.

    ``shift`` is taken from the log-odds of the true alerts of kind c, and given to its false ones.
    """
    rng = np.random.default_rng(seed)
    is_true = rng.random(n_addresses) < 0.3
    kind = rng.choice(list("abc"), n_addresses, p=[0.5, 0.3, 0.2])
    band = rng.choice(["low", "high"], n_addresses)
    moved = shift * (kind == "c") * np.where(is_true, -1.0, 1.0)
    own = rng.normal(1.5 * is_true, 1.0) + moved
    day, address = np.nonzero(rng.random((n_days, n_addresses)) < 0.6)
    is_labelled = rng.random(n_addresses) < label
    odds = own[address] + rng.normal(0, 0.3, len(day))
    return pl.DataFrame(
        {
            "processing_date": [date(2024, 1, 1) + timedelta(days=int(d)) for d in day],
            "address": [f"a{a:05}" for a in address],
            "alert_id": [f"{d}-{a:05}" for d, a in zip(day, address, strict=True)],
            "y": pl.Series(is_true[address], dtype=pl.Int8),
            "score": 1 / (1 + np.exp(-odds)),
            "kind": kind[address],
            "band": band[address],
        }
    ).with_columns(pl.when(pl.Series(is_labelled[address])).then("y").alias("y"))


def burdens(alerts: pl.DataFrame, *, budget: int = 60, n_bootstrap: int = 100) -> pl.DataFrame:
    return burden_by_group(
        alerts, columns=COLUMNS, review_budget=budget, n_bootstrap=n_bootstrap, seed=1
    )


@pytest.fixture(scope="module")
def worlds() -> list[pl.DataFrame]:
    """What is found in many worlds, in all of which every group is alike."""
    return [burdens(world(seed)) for seed in range(N_WORLDS)]


def test_nineteen_of_twenty_intervals_hold_the_truth(worlds: list[pl.DataFrame]) -> None:
    # Of a world so large that its shares are those of the population.
    large = burdens(world(0, n_addresses=40_000, label=1.0), budget=6_000, n_bootstrap=2)
    truth = {row[:3]: row[5] for row in large.rows()}
    inside: dict[str, list[bool]] = {burden.value: [] for burden in Burden}
    for found in worlds:
        for row in found.drop_nulls("ci_low").iter_rows(named=True):
            expected = truth[row["column"], row["group"], row["measure"]]
            inside[row["measure"]].append(row["ci_low"] <= expected <= row["ci_high"])

    # Recall rests on few addresses, and its intervals are rather too wide.
    for covered in inside.values():
        assert len(covered) > 4 * N_WORLDS
        assert 0.93 <= np.mean(covered) <= 0.99


def test_no_group_is_called_worse_at_equal_truth(worlds: list[pl.DataFrame]) -> None:
    n_accused = sum(bool(found["is_worse"].any()) for found in worlds)

    assert n_accused / N_WORLDS <= 0.05


def test_a_group_that_the_model_serves_worse_is_named() -> None:
    worse = burdens(world(3, n_addresses=1000, shift=1.2), budget=150).filter("is_worse")

    assert {"c"} == set(worse["group"])
    assert {"recall", "false_alarms"} == set(worse["measure"])


def test_a_share_is_that_of_the_opened_alerts() -> None:
    alerts = world(5)
    opened = pl.col("score").rank("ordinal", descending=True).over("processing_date") <= 60
    counted = alerts.with_columns(opened=opened).filter(pl.col("kind") == "b")
    expected = {
        "recall": counted.filter(pl.col("y") == 1)["opened"].mean(),
        "false_alarms": counted.filter(pl.col("y") == 0)["opened"].mean(),
        "queue": counted["opened"].mean(),
    }

    of_b = burdens(alerts).filter(pl.col("group") == "b")

    assert expected == pytest.approx(dict(of_b.select("measure", "value").rows()))


def test_a_group_of_too_few_has_words_instead_of_numbers() -> None:
    alerts = world(5).with_columns(
        kind=pl.when(pl.col("address").is_in(["a00001", "a00002"]))
        .then(pl.lit("rare"))
        .otherwise("kind")
    )

    rare = burdens(alerts).filter(pl.col("group") == "rare")

    assert 3 == rare.height
    assert rare["value"].is_null().all()
    assert rare["is_worse"].is_null().all()
    needed = f"and it takes {MIN_GROUP_ALERTS} of {MIN_GROUP_ADDRESSES}"
    assert all(
        note.startswith("not applicable: ") and note.endswith(needed) for note in rare["note"]
    )


def test_one_group_alone_is_compared_with_nobody() -> None:
    alone = burdens(world(5).with_columns(kind=pl.lit("a"))).filter(pl.col("column") == "kind")

    assert alone["p_adjusted"].is_null().all()
    assert {"no other group to compare with"} == set(alone["note"])
    assert alone["value"].is_not_null().all()


def test_no_alert_and_no_column_give_no_rows() -> None:
    assert burdens(world(5).clear()).is_empty()
    assert burdens(world(5).drop(COLUMNS)).is_empty()


def sources(alerts: pl.DataFrame) -> dict[str, pl.DataFrame]:
    n = alerts.height
    keys = alerts.select("processing_date", "address", "alert_id")
    return {
        "units": keys.with_columns(
            suspected_address_type=pl.lit("wallet"),
            volume_usd=pl.Series(np.linspace(0, 200_000, n)),
            asset=pl.Series(["ETH", "USDT"] * (n // 2) + ["ETH"] * (n % 2)),
            note=pl.Series([f"text {place}" for place in range(n)]),
        ),
        "features": keys.with_columns(
            age_days=pl.Series([None, 3.0, 7.0, 90.0, 5000.0] + [1.0] * (n - 5)),
            degree=pl.Series(np.arange(n) % 4, dtype=pl.Float64),
            spread=pl.Series(np.linspace(0.0, 1.0, n)),
        ),
    }


def test_the_groups_of_an_alert_come_from_its_unit_and_its_features() -> None:
    alerts = world(2, n_addresses=60).drop(COLUMNS)
    named = ("asset", "degree", "spread")

    grouped = with_groups(alerts, **sources(alerts), network="ethereum", named=named)

    assert alerts.equals(grouped.select(alerts.columns))
    assert (None, *AGE_BAND_NAMES) == tuple(grouped["age_band"].head(5))
    assert ["0", "1", "2", "3"] == grouped["degree"].unique().sort().to_list()
    sizes = grouped.group_by("spread").len().sort("spread")
    quarters = ["below 0.25", "0.25 to 0.5", "0.5 to 0.75", "0.75 and more"]
    assert quarters == sizes["spread"].to_list()
    assert sizes["len"].max() - sizes["len"].min() <= 1
    assert columns_of_groups(grouped, named) == (
        "suspected_address_type",
        "age_band",
        "volume_band",
        "network",
        *named,
    )


def test_columns_that_make_no_groups_are_refused_before_the_training() -> None:
    frames = sources(world(2, n_addresses=60))

    with pytest.raises(UnknownNameError, match="colour"):
        check_group_columns(["colour"], **frames)
    with pytest.raises(UnknownNameError, match="address"):
        check_group_columns(["address"], **frames)
    with pytest.raises(ConfigurationError, match=r"computing\.groups names 'note'"):
        check_group_columns(["note"], **frames)
