"""When people act: more in the afternoon, on weekdays and after payday, and more every week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertmill.simulator.parameters import WorldParameters
from alertmill.simulator.stage import DAY_MS, HOUR_MS, Clock

_FIRST_WEEKEND_DAY, _DAYS_A_WEEK = 5, 7
_PAYDAYS = (1, 2, 3, 15, 16, 17)


@dataclass(frozen=True)
class Seasons:
    """How much is done on each day, and at which hour."""

    midnights: np.ndarray
    """Start of every day, and the end of the last one; ms since 1970, UTC."""
    done: np.ndarray
    """Ordinary days' worth of activity until each midnight."""
    peak_hour: float
    hour_sigma: float

    @classmethod
    def of(cls, parameters: WorldParameters, clock: Clock) -> Seasons:
        """Seasons of a world; before the first window little is done."""
        drift, retail = parameters.drift, parameters.retail
        days = np.arange(clock.start, clock.end, DAY_MS)
        weeks = np.maximum(days - clock.live, 0) / (_DAYS_A_WEEK * DAY_MS)
        done = (
            np.where(days < clock.live, retail.history_activity, 1.0)
            * (1 + drift.weekly_growth) ** weeks
            * np.where(_weekday(days) >= _FIRST_WEEKEND_DAY, drift.weekend, 1.0)
            * np.where(np.isin(_day_of_month(days), _PAYDAYS), drift.payday, 1.0)
        )
        return cls(
            midnights=np.append(days, clock.end),
            done=np.concatenate([[0.0], np.cumsum(done)]),
            peak_hour=retail.peak_hour,
            hour_sigma=retail.hour_sigma,
        )

    def between(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Ordinary days' worth of activity between two moments."""
        return np.asarray(np.maximum(self._until(high) - self._until(low), 0))

    def draw(self, rng: np.random.Generator, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Draw moments between ``low`` and ``high``, as the seasons have it."""
        drawn = rng.uniform(self._until(low), self._until(high))
        day = np.interp(drawn, self.done, self.midnights) // DAY_MS * DAY_MS
        hour = np.mod(rng.normal(self.peak_hour, self.hour_sigma, len(day)), 24)
        inside: np.ndarray = np.clip(day + hour * HOUR_MS, low, high - 1)
        return inside.astype(np.int64)

    def _until(self, ts: np.ndarray) -> np.ndarray:
        return np.asarray(np.interp(ts, self.midnights, self.done))


def _weekday(ts: np.ndarray) -> np.ndarray:
    # 1970-01-01 was a Thursday: day 0 has weekday 3, Monday first.
    return (ts // DAY_MS + 3) % _DAYS_A_WEEK


def _day_of_month(ts: np.ndarray) -> np.ndarray:
    days = ts.astype("datetime64[ms]").astype("datetime64[D]")
    return np.asarray((days - days.astype("datetime64[M]")).astype(int) + 1)
