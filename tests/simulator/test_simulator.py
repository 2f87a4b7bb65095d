"""The simulated economy: repeatable, within its clock, and honest about what becomes known."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from alertmill.errors import UnknownNameError
from alertmill.simulator import SIZES, Difficulty, World, WorldParameters, simulate
from alertmill.simulator.stage import Clock

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = WorldParameters(n_retail=300, n_schemes=40, n_snapshots=60)


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(PARAMETERS)


def test_equal_parameters_make_equal_worlds(world: World) -> None:
    again = simulate(PARAMETERS)

    assert world.transfers.equals(again.transfers)
    assert world.labels.equals(again.labels)
    assert world.ground_truth.equals(again.ground_truth)


def test_another_seed_makes_another_world(world: World) -> None:
    other = simulate(PARAMETERS.model_copy(update={"seed": 8}))

    assert set(world.transfers["from_address"]).isdisjoint(other.transfers["from_address"])


def test_transfers_are_in_order_and_inside_the_clock(world: World) -> None:
    clock = Clock.of(PARAMETERS)
    ts = world.transfers["block_timestamp"]

    assert ts.is_sorted()
    assert clock.start <= ts[0]
    assert ts[-1] < clock.end
    assert world.transfers["block_height"].is_sorted()


def test_every_transfer_moves_money_between_two_addresses(world: World) -> None:
    bad = world.transfers.filter(
        (pl.col("amount_usd") <= 0)
        | (pl.col("amount") <= 0)
        | (pl.col("from_address") == pl.col("to_address"))
    )

    assert bad.is_empty()


def test_batches_hold_the_transfers_in_their_order(world: World) -> None:
    batches = list(world.transfer_batches(rows=1_000))

    assert {1_000} == {batch.height for batch in batches[:-1]}
    assert world.transfers.equals(pl.concat(batches))
    assert world.n_transfers == world.transfers.height


@pytest.mark.process
def test_a_world_has_the_same_bytes_whatever_the_number_of_threads(world: World) -> None:
    script = (
        "from tests.simulator.test_simulator import PARAMETERS, digest; "
        "from alertmill.simulator import simulate; print(digest(simulate(PARAMETERS)))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    made = {
        subprocess.run(  # noqa: S603 - our own code in another process
            [sys.executable, "-c", script],
            env=environment | {"POLARS_MAX_THREADS": n, "OMP_NUM_THREADS": n},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for n in ("1", "2")
    }

    assert {digest(world)} == made


def digest(world: World) -> str:
    """Hash everything that a world consists of."""
    frames = (world.transfers, world.labels, world.ground_truth)
    return hashlib.sha256(b"".join(frame.write_csv().encode() for frame in frames)).hexdigest()


def test_a_transfer_is_named_once(world: World) -> None:
    key = ["tx_id", "event_index", "edge_index", "asset_contract"]

    assert world.transfers.height == world.transfers.unique(key).height


def test_activity_before_the_first_window_is_thin(world: World) -> None:
    clock = Clock.of(PARAMETERS)
    early = world.transfers["block_timestamp"] < clock.live
    days_before = PARAMETERS.history_days

    assert early.any()
    assert early.sum() / days_before < 0.3 * (~early).sum() / clock.days


def test_a_further_scheme_leaves_everything_else_as_it_was(world: World) -> None:
    more = simulate(PARAMETERS.model_copy(update={"n_schemes": PARAMETERS.n_schemes + 1}))
    last = f"scheme-{PARAMETERS.n_schemes:04d}"

    assert world.transfers["tx_id"].is_in(more.transfers["tx_id"].implode()).all()
    assert world.ground_truth.equals(more.ground_truth.filter(pl.col("scheme_id") != last))


def test_more_of_one_lookalike_leaves_everything_else_as_it_was(world: World) -> None:
    lookalikes = PARAMETERS.lookalikes.model_copy(update={"airdrop": 100, "loop": 200})
    more = simulate(PARAMETERS.model_copy(update={"lookalikes": lookalikes}))

    assert more.n_transfers > world.n_transfers
    assert world.transfers["tx_id"].is_in(more.transfers["tx_id"].implode()).all()
    assert world.ground_truth.equals(more.ground_truth)


def test_bots_add_the_transfers_that_were_asked_for(world: World) -> None:
    trading = PARAMETERS.trading.model_copy(update={"bot_transfers": 20_000})
    busy = simulate(PARAMETERS.model_copy(update={"trading": trading}))

    assert busy.n_transfers - world.n_transfers == pytest.approx(20_000, rel=0.01)
    added = busy.transfers.join(world.transfers, on="tx_id", how="anti")
    assert added.group_by("from_address", "to_address").len()["len"].median() > 100


def test_every_member_of_a_scheme_takes_part_in_a_transfer(world: World) -> None:
    seen = pl.concat([world.transfers["from_address"], world.transfers["to_address"]]).unique()
    inside = world.ground_truth.filter(pl.col("end_ts") < Clock.of(PARAMETERS).end)

    idle = inside.filter(~pl.col("address").is_in(seen.implode()))
    assert idle.height < 0.05 * inside.height


def test_a_member_is_labelled_only_after_its_scheme_has_ended(world: World) -> None:
    members = world.ground_truth.group_by("address").agg(pl.col("end_ts").min())
    accused = world.labels.filter(label="reported_illicit").join(members, on="address")

    assert accused.height > 0
    assert accused.filter(pl.col("known_at") <= pl.col("end_ts")).is_empty()


@pytest.mark.parametrize("difficulty", Difficulty)
def test_as_many_members_become_known_as_the_difficulty_says(difficulty: Difficulty) -> None:
    parameters = PARAMETERS.model_copy(update={"difficulty": difficulty, "n_schemes": 120})
    made = simulate(parameters)
    members = made.ground_truth["address"].unique()
    labelled = made.labels.filter(
        pl.col("address").is_in(members.implode()), ~pl.col("label").str.starts_with("known_")
    )

    expected = parameters.hardness.found_share
    tolerance = 4 * np.sqrt(expected * (1 - expected) / len(members))
    assert abs(labelled["address"].n_unique() / len(members) - expected) < tolerance
    cleared = (labelled["risk_level"] == "low").mean()
    assert cleared == pytest.approx(parameters.hardness.cleared_share, abs=0.05)


def test_a_further_scheme_moves_no_label_of_those_it_leaves_alone(world: World) -> None:
    more = simulate(PARAMETERS.model_copy(update={"n_schemes": PARAMETERS.n_schemes + 1}))
    added = more.transfers.filter(~pl.col("tx_id").is_in(world.transfers["tx_id"].implode()))
    touched = pl.concat([added["from_address"], added["to_address"]]).unique()
    before, after = (
        labels.filter(~pl.col("address").is_in(touched.implode()))
        for labels in (world.labels, more.labels)
    )

    assert before.height > 0.9 * world.labels.height
    assert before.equals(after)


def test_services_are_known_from_the_start(world: World) -> None:
    services = world.labels.filter(pl.col("label").str.starts_with("known_"))

    assert set(services["known_at"]) == {Clock.of(PARAMETERS).start}
    assert {"exchange", "mixer", "bridge", "defi", "merchant"} <= set(services["address_type"])


def test_some_businesses_are_known_from_the_start_and_at_least_one_of_each_kind(
    world: World,
) -> None:
    known = world.labels.filter(pl.col("label").str.starts_with("known_"))
    counted = dict(known["address_type"].value_counts().iter_rows())

    # One of four shops and one of three suppliers; the miner pool.
    assert (2, 1) == (counted["merchant"], counted["institutional"])


def test_most_members_of_a_scheme_become_known_together(world: World) -> None:
    first = world.ground_truth.sort("end_ts", "scheme_id").unique("address", keep="first")
    named = world.labels.filter(label="reported_illicit").join(first, on="address")
    at_once = (
        named.group_by("scheme_id", "known_at")
        .len()
        .group_by("scheme_id")
        .agg(pl.col("len").max(), n=pl.col("len").sum())
    )

    together = at_once.filter(pl.col("n") > 3)
    expected = PARAMETERS.labels.together_share
    assert together["len"].sum() / together["n"].sum() == pytest.approx(expected, abs=0.1)


def test_most_labelled_addresses_are_benign() -> None:
    labels = simulate(WorldParameters.preset("demo")).labels

    assert 0.05 < labels["risk_level"].is_in(["high", "critical"]).mean() < 0.5


@pytest.mark.parametrize("size", SIZES)
def test_a_preset_ends_on_its_last_snapshot(size: str) -> None:
    parameters = WorldParameters.preset(size, seed=3)

    assert parameters.seed == 3
    assert (parameters.last_snapshot - parameters.first_snapshot).days + 1 == 60


def test_an_unknown_size_is_named_with_those_that_exist() -> None:
    with pytest.raises(UnknownNameError, match="unknown world size 'huge'; expected one of demo, "):
        WorldParameters.preset("huge")
