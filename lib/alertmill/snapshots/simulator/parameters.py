"""Size and difficulty of a simulated world."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from alertmill.errors import UnknownNameError
from alertmill.vocabulary import Network


class Difficulty(StrEnum):
    """How well launderers hide, and how much of them ever becomes known."""

    STANDARD = "standard"
    HARD = "hard"


class LabelQuality(BaseModel):
    """What of the truth becomes known, when, and with which errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    camouflage: float = Field(description="Share of mules that are aged, ordinary addresses.")
    found_share: float = Field(description="Share of scheme addresses that are ever labelled.")
    median_delay_days: float = Field(description="From the scheme's end to the label.")
    cleared_share: float = Field(description="Share of labelled scheme addresses cleared wrongly.")
    accused_share: float = Field(description="Share of labelled benign addresses accused wrongly.")


QUALITY = {
    Difficulty.STANDARD: LabelQuality(
        camouflage=0.4,
        found_share=0.8,
        median_delay_days=7,
        cleared_share=0.05,
        accused_share=0.001,
    ),
    Difficulty.HARD: LabelQuality(
        camouflage=0.6,
        found_share=0.55,
        median_delay_days=12,
        cleared_share=0.10,
        accused_share=0.002,
    ),
}

_SIZES = {
    "small": {"n_retail": 900, "n_schemes": 30, "n_snapshots": 60},
    "demo": {"n_retail": 2_100, "n_schemes": 45, "n_snapshots": 60},
    "medium": {"n_retail": 6_000, "n_schemes": 130, "n_snapshots": 60},
}


class WorldParameters(BaseModel):
    """What a simulated world is made of; equal parameters give equal bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: Network = Field(Network.ETHEREUM, description="Blockchain that is imitated.")
    first_snapshot: date = Field(date(2024, 1, 1), description="First processing date.")
    n_snapshots: int = Field(60, ge=1, description="Daily snapshots.")
    window_days: int = Field(7, ge=1, description="Length of a snapshot's window.")
    history_days: int = Field(120, ge=0, description="Thin activity before the first window.")
    n_retail: int = Field(2_100, ge=50, description="Ordinary people; everything scales with it.")
    n_schemes: int = Field(45, ge=1, description="Laundering schemes planted.")
    difficulty: Difficulty = Field(Difficulty.STANDARD, description="See `QUALITY`.")
    seed: int = Field(7, ge=0, description="Seed of everything random.")

    @classmethod
    def preset(
        cls, size: str, *, seed: int = 7, difficulty: Difficulty = Difficulty.STANDARD
    ) -> Self:
        """Give the parameters of a named size: small, demo or medium.

        Raises
        ------
        UnknownNameError
            If there is no such size.
        """
        if size not in _SIZES:
            raise UnknownNameError.of("world size", size, _SIZES)
        return cls(seed=seed, difficulty=difficulty, **_SIZES[size])

    @property
    def last_snapshot(self) -> date:
        """Last processing date."""
        return self.first_snapshot + timedelta(days=self.n_snapshots - 1)

    @property
    def first_day(self) -> date:
        """First day with transfers."""
        return self.first_snapshot - timedelta(days=self.window_days + self.history_days)

    @property
    def quality(self) -> LabelQuality:
        """What becomes known of the truth."""
        return QUALITY[self.difficulty]
