"""Size, difficulty and knobs of a simulated world."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Self

from pydantic import Field

from alertmill.errors import UnknownNameError
from alertmill.simulator.knobs import (
    DriftKnobs,
    LabelKnobs,
    LookalikeKnobs,
    RetailKnobs,
    SchemeKnobs,
    Section,
    ServiceKnobs,
    TradingKnobs,
)
from alertmill.vocabulary import Difficulty, Network


class DifficultyKnobs(Section):
    """What a difficulty is made of."""

    schemes: float = Field(description="Schemes per 60 days and 6,000 retail, in the presets.")
    camouflage: float = Field(description="Share of mules that are aged, ordinary addresses.")
    found_share: float = Field(description="Share of scheme addresses that are ever labelled.")
    median_delay_days: float = Field(description="From the scheme's end to the label.")
    cleared_share: float = Field(description="Share of labelled scheme addresses cleared wrongly.")
    accused_share: float = Field(description="Share of labelled benign addresses accused wrongly.")


DIFFICULTIES = {
    Difficulty.STANDARD: DifficultyKnobs(
        schemes=72,
        camouflage=0.4,
        found_share=0.8,
        median_delay_days=7,
        cleared_share=0.05,
        accused_share=0.001,
    ),
    Difficulty.HARD: DifficultyKnobs(
        schemes=38,
        camouflage=0.6,
        found_share=0.55,
        median_delay_days=12,
        cleared_share=0.10,
        accused_share=0.002,
    ),
}
"""Settings of each difficulty: how many schemes there are and how well they hide."""


class WorldSize(Section):
    """A preset of the simulator."""

    n_retail: int = Field(description="Ordinary people.")
    scheme_density: float = Field(
        1.0, description="Schemes, as a multiple of what the difficulty asks for."
    )
    bot_transfers: int = Field(description="Transfers of all bots together.")


SIZES = {
    "small": WorldSize(n_retail=900, scheme_density=1.5, bot_transfers=1_000),
    "demo": WorldSize(n_retail=2_100, scheme_density=1.5, bot_transfers=2_000),
    "medium": WorldSize(n_retail=6_000, bot_transfers=6_000),
    "large": WorldSize(n_retail=60_000, bot_transfers=8_000_000),
}
"""Settings of each size of a world: how many accounts and transfers it has."""
_DAYS, _RETAIL = 60, 6_000
"""What counts of schemes and look-alikes refer to."""


class WorldParameters(Section):
    """What a simulated world is made of; equal parameters give equal bytes."""

    network: Network = Field(Network.ETHEREUM, description="Blockchain that is imitated.")
    first_snapshot: date = Field(date(2024, 1, 1), description="First processing date.")
    n_snapshots: int = Field(60, ge=1, description="Daily snapshots.")
    window_days: int = Field(7, ge=1, description="Length of a snapshot's window.")
    history_days: int = Field(
        120, ge=0, description="Days of thin activity before the first window."
    )
    n_retail: int = Field(2_100, ge=50, description="Ordinary people; everything scales with it.")
    n_schemes: int = Field(45, ge=1, description="Laundering schemes planted.")
    difficulty: Difficulty = Field(Difficulty.STANDARD, description="How well launderers hide.")
    seed: int = Field(7, ge=0, description="Seed of everything random.")
    retail: RetailKnobs = Field(RetailKnobs(), description="Ordinary people.")
    services: ServiceKnobs = Field(ServiceKnobs(), description="Services.")
    trading: TradingKnobs = Field(TradingKnobs(), description="Market makers and bots.")
    lookalikes: LookalikeKnobs = Field(LookalikeKnobs(), description="Honest look-alikes.")
    schemes: SchemeKnobs = Field(SchemeKnobs(), description="Laundering.")
    drift: DriftKnobs = Field(DriftKnobs(), description="What changes on the way.")
    labels: LabelKnobs = Field(LabelKnobs(), description="How labels come about.")

    @classmethod
    def preset(
        cls, size: str, *, seed: int = 7, difficulty: Difficulty = Difficulty.STANDARD
    ) -> Self:
        """Return the parameters of a named size: small, demo, medium or large.

        Raises
        ------
        UnknownNameError
            If there is no such size.
        """
        if size not in SIZES:
            raise UnknownNameError.of("world size", size, SIZES)
        chosen = SIZES[size]
        n_schemes = DIFFICULTIES[difficulty].schemes * chosen.scheme_density
        return cls(
            seed=seed,
            difficulty=difficulty,
            n_retail=chosen.n_retail,
            n_schemes=round(n_schemes * chosen.n_retail / _RETAIL),
            trading=TradingKnobs(bot_transfers=chosen.bot_transfers),
        )

    @property
    def last_snapshot(self) -> date:
        """Last processing date."""
        return self.first_snapshot + timedelta(days=self.n_snapshots - 1)

    @property
    def first_day(self) -> date:
        """First day with transfers."""
        return self.first_snapshot - timedelta(days=self.window_days + self.history_days)

    @property
    def hardness(self) -> DifficultyKnobs:
        """What the difficulty is made of."""
        return DIFFICULTIES[self.difficulty]

    def scaled(self, often: float) -> int:
        """Scale a number per 60 days and 6,000 retail to this world; at least 1."""
        days = self.window_days + self.n_snapshots - 1
        return max(1, round(often * days / _DAYS * self.n_retail / _RETAIL))

    def per_thousand(self, number: float) -> int:
        """Scale a number per 1,000 retail to this world; at least 2."""
        return max(2, round(number * self.n_retail / 1_000))
