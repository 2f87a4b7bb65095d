"""Intervals from resampled addresses: a t interval on the scale where the error is symmetric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertmill.evaluation.metrics import Metric, Scale
from alertmill.evaluation.probabilities import slope_obstacle
from alertmill.evaluation.resampling import Resampled
from alertmill.evaluation.samples import Sample

CONFIDENCE = 0.95
MIN_DEFINED_SHARE = 0.9
"""Of the resamples; with fewer the interval would describe only the lucky ones."""
NOTHING_FLAGGED = "no labelled alert is flagged or reviewed"
_MIN_ADDRESSES = 2
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Interval:
    """Both ends, or in words why there is none."""

    low: float | None
    high: float | None
    note: str = ""


def address_interval(
    value: float, resampled: np.ndarray, *, scale: Scale, n_addresses: int
) -> Interval:
    """Put a 95 % interval around a value.

    The spread of the resampled values on ``scale`` times the t quantile, taken back to the
    metric's own scale. On simulated alerts it covers the truth as often as it says, where
    percentiles of the resamples fall short.

    Parameters
    ----------
    value : float
        The metric on the alerts themselves.
    resampled : ndarray
        The metric on each resample of addresses; nan where undefined.
    scale : Scale
        Where to measure the spread.
    n_addresses : int
        Addresses of the rarer class: they, not the alerts, say how much is known.
    """
    if n_addresses < _MIN_ADDRESSES:
        return Interval(None, None, "no interval: one class comes from fewer than two addresses")
    defined = resampled[np.isfinite(resampled)]
    if len(defined) < MIN_DEFINED_SHARE * len(resampled):
        return Interval(None, None, "no interval: undefined in many resamples of so few addresses")
    if not _is_inside(value, scale):
        return Interval(None, None, f"no interval: {value:g} lies at the end of the scale")
    spread = float(np.std(_to_scale(_keep_inside(defined, value, scale), scale), ddof=1))
    centre, half = float(_to_scale(np.array(value), scale)), spread * _t_quantile(n_addresses - 1)
    ends = _from_scale(np.array([centre - half, centre + half]), scale)
    return Interval(float(ends[0]), float(ends[1]))


def interval_text(value: float, low: float | None, high: float | None) -> str:
    """Write a value with its interval.

    Examples
    --------
    >>> interval_text(0.431, 0.3521, 0.5138)
    '0.431 (0.352 to 0.514)'
    >>> interval_text(1.0, None, None)
    '1.000 (no interval)'
    """
    if low is None or high is None:
        return f"{value:.3f} (no interval)"
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def value_text(value: float | None, low: float | None, high: float | None, note: str) -> str:
    """Write a value with its interval, or the note that says why there is none."""
    return note if value is None else interval_text(value, low, high)


def sample_interval(metric: Metric, sample: Sample, found: Resampled) -> Interval:
    """Put a 95 % interval around a metric of a sample, by the addresses of its rarer class."""
    return address_interval(
        found.value, found.draws, scale=metric.scale, n_addresses=rarer_addresses(sample)
    )


def difference_interval(own: Resampled, other: Resampled, *, n_addresses: int) -> Interval:
    """Put a 95 % interval around own minus other, both measured on the same draws."""
    return address_interval(
        own.value - other.value,
        own.draws - other.draws,
        scale=Scale.IDENTITY,
        n_addresses=n_addresses,
    )


def undefined_reason(metric: Metric, sample: Sample, *, is_probability: bool) -> str:
    """Why a metric has no value on these alerts; empty when it has one."""
    if metric.name == "alerts_per_day":
        return "" if sample.inside.any() else "no alerts"
    if not len(sample.labelled):
        return "no labelled alerts"
    if metric.needs_probability and not is_probability:
        return "the score is not a probability"
    if metric.name == "calibration_slope":
        return _missing_class(metric, sample) or slope_obstacle(sample)
    return "" if _takes_one_class(metric) else _missing_class(metric, sample)


def _takes_one_class(metric: Metric) -> bool:
    return metric.needs_probability or metric.name in {"precision", "precision_at_budget"}


def _missing_class(metric: Metric, sample: Sample) -> str:
    if not sample.n_positives:
        return "no confirmed alerts"
    if sample.n_positives == 1:
        return "a single confirmed alert"
    if metric.name in {"roc_auc", "calibration_slope"} and not sample.n_negatives:
        return "no alerts that were cleared"
    return ""


def rarer_addresses(sample: Sample) -> int:
    """Addresses of the class that comes from fewer of them."""
    return min(sample.count_addresses(y=1.0), sample.count_addresses(y=0.0))


def _is_inside(value: float, scale: Scale) -> bool:
    # Places that are shared among ties add up to 1 but for the last bits.
    if scale is Scale.LOGIT:
        return _ROUNDING < value < 1.0 - _ROUNDING
    return scale is Scale.IDENTITY or value > _ROUNDING


def _keep_inside(values: np.ndarray, value: float, scale: Scale) -> np.ndarray:
    # A resample can reach 0 or 1, whose logit is infinite: hold it a tenth of the way off.
    if scale is Scale.LOGIT:
        return np.asarray(np.clip(values, 0.1 * value, 1.0 - 0.1 * (1.0 - value)))
    return values if scale is Scale.IDENTITY else np.asarray(np.maximum(values, 0.1 * value))


def _to_scale(values: np.ndarray, scale: Scale) -> np.ndarray:
    if scale is Scale.LOGIT:
        return np.asarray(np.log(values) - np.log1p(-values))
    return np.asarray(np.log(values) if scale is Scale.LOG else values)


def _from_scale(values: np.ndarray, scale: Scale) -> np.ndarray:
    if scale is Scale.LOGIT:
        return np.asarray(1.0 / (1.0 + np.exp(-values)))
    return np.asarray(np.exp(values)) if scale is Scale.LOG else values


def two_sided_p(t: float, degrees_of_freedom: int) -> float:
    """Return how likely a t value is that lies at least as far from 0, if nothing differs."""
    from scipy.special import stdtr

    return float(2 * stdtr(degrees_of_freedom, -abs(t)))


def _t_quantile(degrees_of_freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, 0.5 + CONFIDENCE / 2))
