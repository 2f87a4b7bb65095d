"""Titles over figures of alerts say what is drawn, and nothing that a handful of labels decides."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.plotting.alerts import plot_outcomes_by, plot_volume


def outcomes(**confirmed: int) -> pl.DataFrame:
    """Thirty labelled alerts of each severity, some confirmed."""
    return pl.DataFrame(
        {
            "value": list(confirmed),
            "n_alerts": [60, 30][: len(confirmed)],
            "share": [2 / 3, 1 / 3][: len(confirmed)],
            "n_confirmed": list(confirmed.values()),
            "n_cleared": [30 - n for n in confirmed.values()],
            "n_unlabelled": [30, 0][: len(confirmed)],
            "n_labelled": [30] * len(confirmed),
            "confirmed_share": [n / 30 for n in confirmed.values()],
        }
    )


def quantiles(**medians: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "value": list(medians),
            "n_alerts": [10] * len(medians),
            "without_volume": [10 if median is None else 0 for median in medians.values()],
            "median_usd": list(medians.values()),
        },
        schema_overrides={"median_usd": pl.Float64},
    )


def volumes(*values: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "value": values,
            "low": [10.0] * len(values),
            "high": [100.0] * len(values),
            "n_alerts": [10] * len(values),
            "share": [1.0] * len(values),
        }
    )


def test_no_severity_is_called_the_most_confirmed() -> None:
    figure = plot_outcomes_by(outcomes(medium=3, critical=9), by="severity")

    assert "67 % of the alerts have the severity medium" == figure.get_suptitle()


@pytest.mark.parametrize(
    ("medians", "title"),
    [
        ({"medium": 5890.0}, "The median alert of severity medium moves 5.89k USD"),
        (
            {"medium": 5890.0, "critical": 120.0},
            "The median alert of severity medium moves 5.89k USD, of severity critical 120 USD",
        ),
        (
            {"medium": 5890.0, "critical": None},
            "The median alert of severity medium moves 5.89k USD",
        ),
    ],
)
def test_the_extremes_of_the_volume_are_named_once_each(
    medians: dict[str, float | None], title: str
) -> None:
    drawn = [name for name, median in medians.items() if median is not None]

    figure = plot_volume(volumes(*drawn), quantiles(**medians), by="severity")

    assert title == figure.get_suptitle()
