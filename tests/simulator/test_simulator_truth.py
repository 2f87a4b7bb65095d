"""What the simulator planted can be seen in the ground truth, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import alertmill
from alertmill.simulator import World, WorldParameters, simulate
from alertmill.simulator.knobs import SchemeKnobs
from alertmill.simulator.schemes import LATE
from alertmill.simulator.stage import DAY_MS, Clock

LIBRARY = Path(alertmill.__file__).parent
MAY_NAME_THE_TRUTH = ("snapshots/loading.py", "storage/schema/*.sql")
TYPOLOGIES = {
    name
    for name, field in SchemeKnobs.model_fields.items()
    if str(field.description).startswith("Share of")
}
PARAMETERS = WorldParameters(n_retail=300, n_schemes=150)


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(PARAMETERS)


def test_no_other_code_of_the_library_names_the_table_of_the_truth() -> None:
    naming = {
        path.relative_to(LIBRARY)
        for path in LIBRARY.rglob("*")
        if path.suffix in {".py", ".sql"} and "sim_ground_truth" in path.read_text()
    }

    assert Path(MAY_NAME_THE_TRUTH[0]) in naming
    assert [] == [
        path for path in naming if not any(path.match(allowed) for allowed in MAY_NAME_THE_TRUTH)
    ]


def test_every_typology_is_planted(world: World) -> None:
    planted = set(world.ground_truth["typology"])

    assert 13 == len(TYPOLOGIES)
    assert TYPOLOGIES | {LATE} == planted


def test_one_typology_appears_late_only(world: World) -> None:
    clock = Clock.of(PARAMETERS)
    late = world.ground_truth.filter(typology=LATE)

    # Money enters up to two days before the first hop.
    assert late["start_ts"].min() > clock.at(PARAMETERS.drift.late_from) - 3 * DAY_MS
    share = late["scheme_id"].n_unique() / PARAMETERS.n_schemes
    assert share == pytest.approx(0.35 * PARAMETERS.drift.late_share, abs=0.06)


def test_schemes_are_divided_as_their_shares_say(world: World) -> None:
    schemes = world.ground_truth.unique("scheme_id").filter(pl.col("typology") != LATE)
    shares = {name: getattr(PARAMETERS.schemes, name) for name in TYPOLOGIES}
    counted = dict(schemes["typology"].value_counts().iter_rows())

    for name, share in shares.items():
        expected = share / sum(shares.values())
        assert counted[name] / schemes.height == pytest.approx(expected, abs=0.03)


def test_a_scheme_begins_with_its_acts_and_not_with_what_was_prepared(world: World) -> None:
    schemes = world.ground_truth.unique("scheme_id")

    assert (schemes["start_ts"] >= Clock.of(PARAMETERS).live - 5 * DAY_MS).all()
    assert (schemes["end_ts"] - schemes["start_ts"]).max() <= 30 * DAY_MS


def test_a_woken_address_was_filled_long_before_its_scheme(world: World) -> None:
    sleepers = world.ground_truth.filter(role="sleeper")
    filled = (
        world.transfers.join(sleepers, left_on="to_address", right_on="address")
        .group_by("scheme_id")
        .agg((pl.col("start_ts").first() - pl.col("block_timestamp").min()).alias("slept"))
    )

    assert sleepers.height > 0
    assert filled["slept"].min() > 90 * DAY_MS


def test_whoever_is_paid_by_a_hub_or_a_woken_address_takes_the_money_out(world: World) -> None:
    paid = world.ground_truth.filter(
        pl.col("end_ts") < Clock.of(PARAMETERS).end - 5 * DAY_MS,
        pl.col("typology").is_in(["gather_scatter", "fan_out", "dormant"]),
        role="mule",
    )
    out = paid.join(world.transfers, left_on="address", right_on="from_address").filter(
        pl.col("block_timestamp").is_between("start_ts", "end_ts")
    )

    assert paid.height > 0
    assert set(paid["address"]) == set(out["address"])


def test_a_fresh_smurf_was_handed_what_it_pays(world: World) -> None:
    smurfs = world.ground_truth.filter(role="smurf", typology="fan_in")
    moved = world.transfers.select(
        pl.col("amount_usd").cast(pl.Float64), "block_timestamp", "from_address", "to_address"
    )
    received, paid = (
        smurfs.join(moved, left_on="address", right_on=side)
        .group_by("address")
        .agg(usd=pl.col("amount_usd").sum(), first=pl.col("block_timestamp").min())
        for side in ("to_address", "from_address")
    )
    fresh = smurfs.join(paid, on="address").filter(pl.col("first") >= pl.col("start_ts"))
    checked = fresh.join(received, on="address", how="left", suffix="_received")

    assert checked.height > 0
    assert (checked["first_received"] < checked["first"]).all()
    assert (checked["usd_received"] >= 0.999 * checked["usd"]).all()


def test_accounts_are_lent_by_quiet_people() -> None:
    schemes = PARAMETERS.schemes.model_copy(update={"lending_share": 0.3})
    quiet = simulate(PARAMETERS.model_copy(update={"schemes": schemes}))
    live = Clock.of(PARAMETERS).live
    early = quiet.transfers.filter(pl.col("block_timestamp") < live)
    paid = early.group_by(address=pl.col("from_address")).len("n_paid")
    lent = paid.join(
        quiet.ground_truth.filter(pl.col("role") != "sleeper"), on="address", how="semi"
    )

    assert lent.height > 0
    assert lent["n_paid"].median() < paid["n_paid"].median()
