"""Numbers have the digits that a person reads."""

from __future__ import annotations

import pytest

from alertmill.evaluation.reports import MetricValue, PairedDifference
from alertmill.reporting.digits import difference_text, metric_text


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (0.43123, 0.35219, 0.51444, "0.43 (0.35 to 0.51)"),
        (0.43123, 0.42544, 0.43781, "0.431 (0.425 to 0.438)"),
        (0.05311, 0.01212, 0.09923, "0.053 (0.012 to 0.099)"),
        (1.0, 1.0, 1.0, "1.000 (1.000 to 1.000)"),
        (0.0, 0.0, 0.3, "0.000 (0.000 to 0.300)"),
        (0.43123, None, None, "0.43, no interval"),
        (None, None, None, "no labelled alerts"),
    ],
)
def test_a_metric_has_the_digits_that_its_interval_allows(
    value: float | None, low: float | None, high: float | None, expected: str
) -> None:
    measured = MetricValue(
        model="model",
        split="test_all",
        metric="roc_auc",
        value=value,
        ci_low=low,
        ci_high=high,
        n_rows=10,
        n_addresses=5,
        n_positives=2,
        note="no labelled alerts" if None in (value, low, high) else "",
    )

    assert expected == metric_text(measured)


@pytest.mark.parametrize(
    ("difference", "low", "high", "expected"),
    [
        (0.0812, 0.0211, 0.1423, "+0.08 (+0.02 to +0.14)"),
        (-0.0312, -0.0356, -0.0301, "-0.031 (-0.036 to -0.030)"),
        (-0.0004, -0.01, 0.02, "0.00 (-0.01 to +0.02)"),
        (0.0, 0.0, 0.0, "0.000 (0.000 to 0.000)"),
        (0.0812, None, None, "+0.08, no interval"),
        (None, None, None, "no labelled alerts"),
    ],
)
def test_a_difference_has_a_sign_unless_it_rounds_to_nothing(
    difference: float | None, low: float | None, high: float | None, expected: str
) -> None:
    found = PairedDifference(
        model="model",
        rival="champion",
        split="test_all",
        metric="roc_auc",
        value=None,
        rival_value=None,
        difference=difference,
        ci_low=low,
        ci_high=high,
        p_value=None,
        p_adjusted=None,
        n_rows=10,
        n_addresses=5,
        n_positives=2,
        note="no labelled alerts",
    )

    assert expected == difference_text(found)
