"""A value that no such feature can have is missing afterwards, and counted once."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from alertmill.training.features.catalogue import FeatureDefinition, FeatureGroup, Latest
from alertmill.training.features.refusals import refuse

values = st.lists(
    st.none() | st.floats(width=64) | st.sampled_from([0.0, 1.0, -1e-9, 1 + 1e-9, math.inf]),
    max_size=30,
)
ends = st.none() | st.floats(-1e20, 1e20)


def define(lowest: float | None, highest: float | None) -> FeatureDefinition:
    return FeatureDefinition(
        name="x",
        group=FeatureGroup.ALERT,
        description="What it is.",
        lowest=lowest,
        highest=highest,
        sources=(),
        latest=Latest.END_OF_WINDOW,
        reads_labels_of_others=False,
        missing_means="never missing",
    )


def frame(found: list[float | None]) -> pl.DataFrame:
    return pl.DataFrame({"x": found}, schema={"x": pl.Float64})


def reasons(found: list[float | None], feature: FeatureDefinition) -> dict[str, int]:
    _, refused = refuse(frame(found), [feature])
    return {reason: n for _, reason, n in refused.rows()}


@given(values, ends, ends)
def test_what_is_kept_is_finite_and_in_the_range_and_the_rest_is_counted(
    found: list[float | None], one: float | None, other: float | None
) -> None:
    known = sorted(end for end in (one, other) if end is not None)
    lowest, highest = (*known, None, None)[:2] if one is not None else (None, other)

    kept, refused = refuse(frame(found), [define(lowest, highest)])

    left = kept["x"].drop_nulls().to_list()
    assert all(math.isfinite(value) for value in left)
    assert all(lowest is None or value >= lowest for value in left)
    assert all(highest is None or value <= highest for value in left)
    assert kept["x"].null_count() - frame(found)["x"].null_count() == refused["n_alerts"].sum()
    assert kept.height == len(found)


def test_every_reason_is_told_apart() -> None:
    found = [None, math.nan, math.inf, -math.inf, -0.1, -0.2, 1.1, 0.5]

    expected = {"not a number": 1, "infinite": 2, "below the range": 2, "above the range": 1}
    assert expected == reasons(found, define(0, 1))


def test_a_share_that_32_bits_rounded_up_is_kept_at_the_end_of_its_range() -> None:
    rounded = float(np.nextafter(np.float32(1), np.float32(2)))

    kept, refused = refuse(frame([rounded, -1e-8]), [define(0, 1)])

    assert [1.0, 0.0] == kept["x"].to_list()
    assert refused.is_empty()


def test_without_ends_every_finite_number_is_kept() -> None:
    assert {} == reasons([-1e300, 1e300], define(None, None))
