"""The split oracle (V5): a thousand drawn histories, each checked row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertmill.errors import OneClassError, TooFewSnapshotsError
from alertmill.parameters import TrainingParameters
from alertmill.training.data.rows import KEYS, LabelledRows
from alertmill.training.data.splits import TimeAddressFolds
from alertmill.training.labels.targets import build_targets
from tests.training.training_data import FIRST_DAY, make_data, make_label, make_labels, milliseconds

pytestmark = pytest.mark.slow

EMPTY = make_data(n_days=2, n_addresses=2)
NAMED_ERRORS = (TooFewSnapshotsError, OneClassError)
DAY_MS = 86_400_000


@dataclass(frozen=True)
class History:
    """Alerts and labels of a range, and how it is to be split."""

    alerts: pl.DataFrame
    labels: pl.DataFrame
    parameters: TrainingParameters


def draw(seed: int) -> History:
    """Draw a range of days, addresses, label delays and a window; often enough for a split."""
    rng = np.random.default_rng(seed)
    n_days, n_addresses = int(rng.integers(5, 90)), int(rng.integers(1, 60))
    chance = rng.beta(1, 6, n_addresses)
    first = rng.integers(0, n_days, n_addresses) * (rng.random(n_addresses) < 0.5)
    day, address = np.nonzero(rng.random((n_days, n_addresses)) < chance)
    shown = day >= first[address]
    day, address = day[shown], address[shown]
    alerts = pl.DataFrame(
        {
            "processing_date": np.datetime64(FIRST_DAY) + day,
            "address": np.char.mod("0x%02x", address),
            "alert_id": np.char.mod("alert-%d", np.arange(len(day))),
        },
        schema_overrides={"processing_date": pl.Date, "address": pl.String},
    )
    return History(
        alerts, _draw_labels(rng, first, positive_share=rng.uniform(0.05, 0.6)), _draw_split(rng)
    )


def _draw_labels(
    rng: np.random.Generator, first: np.ndarray, *, positive_share: float
) -> pl.DataFrame:
    rows = []
    for number in np.flatnonzero(rng.random(len(first)) < 0.8):
        delay = rng.exponential(rng.choice([1, 10, 40]))
        risk = "high" if rng.random() < positive_share else "low"
        known_at = milliseconds(FIRST_DAY) + int((first[number] + delay) * DAY_MS)
        source = str(rng.choice(["upstream", "assumed"], p=[0.9, 0.1]))
        label = make_label(
            f"0x{number:02x}", risk_level=risk, known_at=known_at, known_at_source=source
        )
        rows.append(label)
        if rng.random() < 0.1:
            rows.append(label | {"source": "other", "risk_level": "low"})
    return make_labels(*rows)


def _draw_split(rng: np.random.Generator) -> TrainingParameters:
    window_days, maturity_days = int(rng.integers(1, 11)), int(rng.integers(0, 8))
    longer = int(rng.integers(0, 4))
    return TrainingParameters.model_validate(
        {
            "network": "ethereum",
            "start_date": FIRST_DAY,
            "end_date": FIRST_DAY + timedelta(days=99),
            "window_days": window_days,
            "label_maturity_days": maturity_days,
            "split": {
                "validation_days": int(rng.integers(1, 15)),
                "test_days": int(rng.integers(1, 20)),
                "embargo_days": window_days + maturity_days + longer if longer else None,
            },
        }
    )


def check_time_and_address(history: History) -> int:
    """Split into ranges and two test sets, look at every row, and count those of new addresses."""
    days = history.alerts.select("processing_date").unique()
    data = replace(EMPTY, alerts=history.alerts, snapshots=days, address_labels=history.labels)
    targets = build_targets(data, history.alerts, history.parameters)
    rows_of = {
        (name, is_new): part
        for (name, is_new), part in targets.with_columns(
            pl.col("split").cast(pl.String),
            is_new=pl.col("is_new_address") & (pl.col("split") == "test"),
        )
        .partition_by("split", "is_new", as_dict=True)
        .items()
    }
    train, validation = rows_of.get(("train", False)), rows_of.get(("validation", False))
    embargo = rows_of.get(("embargo", False))
    if embargo is not None and validation is not None:
        embargo = embargo.filter(pl.col("processing_date") < validation["processing_date"].min())
    tests = [part for (name, _), part in rows_of.items() if name == "test"]
    seen = {
        address
        for part in (train, embargo, validation)
        if part is not None
        for address in part["address"]
    }
    if ("test", True) in rows_of:
        assert seen.isdisjoint(rows_of["test", True]["address"])
    if ("test", False) in rows_of:
        assert seen.issuperset(rows_of["test", False]["address"])
    for earlier, later in [(train, validation), *((validation, part) for part in tests)]:
        check_gap(earlier, later, history.parameters)
    for part in tests:
        check_gap(train, part, history.parameters)
        check_labels(train, validation, history.labels, part)
    for split in ("train", "validation", "test"):
        rows = LabelledRows.of(history.alerts.with_columns(x=0.0), targets, split=split)
        assert {0, 1} == set(rows.y)
    return rows_of.get(("test", True), targets.clear()).height


def check_gap(
    earlier: pl.DataFrame | None, later: pl.DataFrame | None, parameters: TrainingParameters
) -> None:
    """Between the days of two ranges lie at least the window and the delay of labels."""
    if earlier is None or later is None:
        return
    between = (later["processing_date"].min() - earlier["processing_date"].max()).days - 1
    assert between >= parameters.window_days + parameters.labels.maturity_days


def check_labels(
    train: pl.DataFrame | None,
    validation: pl.DataFrame | None,
    labels: pl.DataFrame,
    test: pl.DataFrame,
) -> None:
    """Nothing is learned from what became known since the first test alert."""
    start = milliseconds(test["processing_date"].min())
    known = labels.filter((pl.col("known_at") < start) | (pl.col("known_at_source") == "assumed"))
    for part in (train, validation):
        if part is not None:
            assert set(part.drop_nulls("y")["address"]) <= set(known["address"])


def check_folds(history: History) -> int:
    """Split into folds, look at every row of each, and count those measured on."""
    truth = dict(history.labels.select("address", pl.col("risk_level") == "high").iter_rows())
    rows = history.alerts.filter(pl.col("address").is_in(list(truth)))
    y = np.array([truth[address] for address in rows["address"]], dtype=np.int8)
    p = history.parameters
    n_splits = 1 + p.split.validation_days % 4
    folds = TimeAddressFolds(n_splits, embargo_days=p.embargo_days)
    found = list(folds.split(None, y, rows.select(KEYS)))

    assert n_splits == len(found)
    for fit, held_out in found:
        check_gap(rows[fit], rows[held_out], p)
        assert set(rows["address"][fit]).isdisjoint(rows["address"][held_out])
        assert {0, 1} == set(y[fit]) == set(y[held_out])
    return sum(len(held_out) for _, held_out in found)


CHECKS = {"time and address": check_time_and_address, "folds": check_folds}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_split_mixes_time_address_or_class(check: Callable[[History], int], seed: int) -> None:
    check_or_named(check, seed)


@pytest.mark.heavy
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@settings(max_examples=1000, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_of_a_thousand_splits_none_mixes_time_address_or_class(
    check: Callable[[History], int], seed: int
) -> None:
    check_or_named(check, seed)


def check_or_named(check: Callable[[History], int], seed: int) -> None:
    """Split a drawn history, or hear by name why it cannot be."""
    try:
        check(draw(seed))
    except NAMED_ERRORS as error:
        assert "range" in str(error)  # noqa: PT017


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_enough_of_the_drawn_histories_can_be_split(check: Callable[[History], int]) -> None:
    n_split = 0
    for seed in range(100):
        try:
            n_split += check(draw(seed)) > 0
        except NAMED_ERRORS:
            continue

    assert n_split >= 25
