"""The half-open stretch of time that a snapshot sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from alertmill.vocabulary import Network

_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Window:
    """A snapshot sees t0 <= block_timestamp < t1, where t1 is the processing date's 00:00 UTC."""

    network: Network
    processing_date: date
    window_days: int

    @property
    def t1(self) -> int:
        """End, exclusive, in ms since 1970, UTC."""
        return int(datetime.combine(self.processing_date, time.min, UTC).timestamp()) * 1000

    @property
    def t0(self) -> int:
        """Start, inclusive, in ms since 1970, UTC."""
        return self.t1 - self.window_days * _DAY_MS

    @property
    def days(self) -> str:
        """First and last day, for messages."""
        last = self.processing_date - timedelta(days=1)
        return f"{self.processing_date - timedelta(days=self.window_days)} to {last}"

    @property
    def bound(self) -> dict[str, object]:
        """Values for the queries."""
        return {
            "network": self.network,
            "d": self.processing_date,
            "w": self.window_days,
            "t0": self.t0,
            "t1": self.t1,
        }
