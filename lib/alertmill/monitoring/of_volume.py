"""AM107: whether as much arrives as on the days before."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from alertmill.checks.check import Verdict, issue, not_applicable, passed, tip
from alertmill.monitoring.question import MonitoringQuestion
from alertmill.monitoring.watched import Watched
from alertmill.wording import counted, percent

LEAST_DAYS = 5
"""Before the watched day, with which a comparison begins."""
LEAST_FACTOR = 1.5
"""Below it more or fewer alerts change nobody's work much."""
_LEVEL = 0.005


class Volume(MonitoringQuestion):
    """A day with few alerts is a delivery that broke off, one with many an upstream rule."""

    code = "AM107"
    title = "volume of a day out of the ordinary"
    looks_at = (
        "alerts and addresses of the last watched day against the days before: outside of the "
        f"{percent(1 - _LEVEL)} prediction interval of their logarithm, and by a factor of "
        f"{LEAST_FACTOR} at least"
    )
    advice = "Ask whoever delivers the alerts whether the day is complete, and what changed."
    is_about_data = True

    def ask(self, watched: Watched) -> Verdict:
        """Compare the last day with those before the watched ones."""
        days = watched.days.sort("processing_date")
        past = days.filter(~pl.col("is_watched"))
        today = days.filter("is_watched").tail(1)
        missing = watched.range.missing_days
        if today.is_empty() or not int(today["n_alerts"][0]):
            return issue(f"{watched.range.last} has no alerts")
        if past.height < LEAST_DAYS:
            return not_applicable(
                f"{counted(past.height, 'day')} before the watched ones, and it takes {LEAST_DAYS}"
            )
        unusual = [
            name
            for name in ("n_alerts", "n_addresses")
            if _is_unusual(past[name].to_numpy(), float(today[name][0]))
        ]
        n_alerts, n_addresses = int(today["n_alerts"][0]), int(today["n_addresses"][0])
        usual = float(np.median(past["n_alerts"].to_numpy()))
        told = (
            f"{counted(n_alerts, 'alert')} of {counted(n_addresses, 'address')} on "
            f"{watched.range.last}, where {usual:,.0f} alerts a day are usual"
        )
        if unusual:
            return issue(told, days.drop("is_watched"))
        if missing:
            return tip(f"{told}; {counted(len(missing), 'watched day')} has no snapshot", days)
        return passed(told)


def _is_unusual(past: np.ndarray, today: float) -> bool:
    """Whether a day lies outside of the t prediction interval of the logarithms (one new day)."""
    from scipy.stats import t

    logs, now = np.log1p(past), float(np.log1p(today))
    gap = abs(now - float(logs.mean()))
    margin = float(t.ppf(1 - _LEVEL / 4, len(logs) - 1)) * float(logs.std(ddof=1))
    return gap > max(margin * math.sqrt(1 + 1 / len(logs)), math.log(LEAST_FACTOR))
