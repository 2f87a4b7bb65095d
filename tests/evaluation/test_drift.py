"""Drift is found where it is, and not where there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from alertmill.errors import UnknownNameError
from alertmill.evaluation.drift import (
    DRIFT_LEVEL,
    drift_sentence,
    feature_drift,
    one_alert_per_address,
    stability_index,
)
from alertmill.training.features.catalogue import FeatureCatalogue

N_FEATURES = 55
NAMES = tuple(f"x{i:02d}" for i in range(N_FEATURES))


def catalogue_of(*names: str, codes: tuple[str, ...] = ()) -> FeatureCatalogue:
    """Declare numbers and codes."""
    words = {
        "description": "What it is.",
        "lowest": None,
        "highest": None,
        "sources": (),
        "latest": "the end of its window",
        "reads_labels_of_others": False,
        "missing_means": "never missing",
    }
    numbers = [{"name": name, "group": "network"} for name in names]
    named = [
        {"name": c, "group": "alert", "kind": "categorical", "categories": ("a",)} for c in codes
    ]
    return FeatureCatalogue.model_validate({"features": [d | words for d in numbers + named]})


def draw(
    rng: np.random.Generator, *, shift: float = 0.0, n_addresses: int = 300
) -> tuple[pl.DataFrame, pl.Series]:
    """Draw alerts of two ranges, valued much as their address is; a shift moves the first value."""
    parts = []
    for number, split in enumerate(("train", "test")):
        n_alerts = rng.poisson(9, n_addresses) + 1
        address = np.repeat(np.arange(n_addresses), n_alerts)
        own = rng.normal(size=(n_addresses, N_FEATURES))
        own[:, 0] += shift * number
        values = own[address] + 0.1 * rng.normal(size=(len(address), N_FEATURES))
        parts.append(
            pl.DataFrame(
                {
                    "processing_date": [date(2024, 1, 1) + timedelta(days=number)] * len(address),
                    "address": [f"{split}{a}" for a in address],
                    "alert_id": [f"{split}{i}" for i in range(len(address))],
                    "split": split,
                    **dict(zip(NAMES, values.T, strict=True)),
                }
            )
        )
    rows = pl.concat(parts)
    return rows.drop("split"), rows["split"]


def moved(rng: np.random.Generator, **how: float) -> set[str]:
    features, split = draw(rng, **how)  # type: ignore[arg-type]  # whole numbers and floats alike
    found = feature_drift(
        features, split, catalogue_of(*NAMES), earlier="train", later="test", seed=1
    )
    return set(found.filter(pl.col("p_adjusted") < DRIFT_LEVEL)["feature"])


def test_without_drift_few_runs_call_any_feature_moved() -> None:
    rng = np.random.default_rng(3)

    false_alarms = sum(bool(moved(rng)) for _ in range(20))

    # One of 20 is expected at the most; 5 or more would happen once in 400.
    assert false_alarms < 5


def test_half_a_standard_deviation_is_mostly_found() -> None:
    rng = np.random.default_rng(4)

    found = sum("x00" in moved(rng, shift=0.5) for _ in range(15))

    assert found >= 12


@pytest.mark.heavy
def test_without_drift_one_run_in_twenty_at_most_calls_any_feature_moved(
    record_property: Callable[[str, object], None],
) -> None:
    rng = np.random.default_rng(5)

    false_alarms = sum(bool(moved(rng)) for _ in range(500))

    record_property(
        "V9 runs without drift that call a feature moved", f"{false_alarms / 500:.1%} of 500"
    )
    assert false_alarms / 500 <= 0.05


@pytest.mark.heavy
def test_half_a_standard_deviation_is_found_in_nine_of_ten_runs(
    record_property: Callable[[str, object], None],
) -> None:
    rng = np.random.default_rng(6)

    found = sum("x00" in moved(rng, shift=0.5) for _ in range(200))

    record_property(
        "V9 runs that find a shift of 0.5 SD, 300 addresses", f"{found / 200:.1%} of 200"
    )
    assert found / 200 >= 0.9


def test_the_order_of_the_rows_does_not_matter() -> None:
    features, split = draw(np.random.default_rng(5), shift=1.0, n_addresses=50)
    place = pl.Series(np.random.default_rng(6).permutation(features.height))

    here, there = (
        feature_drift(f, s, catalogue_of(*NAMES), earlier="train", later="test", seed=1)
        for f, s in [(features, split), (features[place], split[place])]
    )

    assert_frame_equal(here, there, check_exact=True)


def test_every_address_is_drawn_once() -> None:
    features, _ = draw(np.random.default_rng(7), n_addresses=40)

    drawn = one_alert_per_address(features, seed=1)

    assert 80 == drawn.height == drawn["address"].n_unique() == features["address"].n_unique()


def test_a_code_that_grows_common_and_a_value_that_goes_missing_are_found() -> None:
    n = 200
    rows = pl.DataFrame(
        {
            "processing_date": [date(2024, 1, 1)] * 2 * n,
            "address": [f"{i}" for i in range(2 * n)],
            "alert_id": [f"{i}" for i in range(2 * n)],
            "gap": [*np.linspace(0, 1, n), *([None] * (n // 2)), *np.linspace(0, 1, n // 2)],
            "kind": [0.0, 1.0] * (n // 2) + [0.0, 1.0, 1.0, 1.0] * (n // 4),
            "same": [1.0] * 2 * n,
        }
    )
    split = pl.Series(["train"] * n + ["test"] * n)

    found = feature_drift(
        rows,
        split,
        catalogue_of("gap", "same", codes=("kind",)),
        earlier="train",
        later="test",
        seed=1,
    )

    by_name = {row["feature"]: row for row in found.rows(named=True)}
    assert by_name["gap"]["p_adjusted"] < 0.01
    assert (0.0, 0.5) == tuple(by_name["gap"][f"{w}_missing_share"] for w in ("earlier", "later"))
    assert by_name["kind"]["p_adjusted"] < 0.01
    assert by_name["kind"]["later_median"] is None
    assert (1.0, 0.0) == (by_name["same"]["p_adjusted"], by_name["same"]["stability_index"])
    assert drift_sentence(found) == (
        "2 of 3 features have moved beyond chance (5 %, Holm): 1 of group alert, 1 of group "
        "network."
    )


def test_the_stability_index_is_that_of_the_formula() -> None:
    earlier, later = np.array([0.0] * 60 + [1.0] * 40), np.array([0.0] * 40 + [1.0] * 60)

    expected = (0.4 - 0.6) * np.log(0.4 / 0.6) + (0.6 - 0.4) * np.log(0.6 / 0.4)
    assert pytest.approx(expected) == stability_index(earlier, later, is_code=True)


def test_a_range_without_rows_is_named() -> None:
    features, split = draw(np.random.default_rng(8), n_addresses=3)

    with pytest.raises(UnknownNameError, match="validation"):
        feature_drift(
            features, split, catalogue_of(*NAMES), earlier="train", later="validation", seed=1
        )


def test_nothing_moved_is_said_in_words() -> None:
    drift = pl.DataFrame({"feature": ["x"], "group": ["g"], "p_adjusted": [0.5]})

    assert "None of 1 features has moved beyond chance (5 %, Holm)." == drift_sentence(drift)
