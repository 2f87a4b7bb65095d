"""Parameters of the demonstration."""

from __future__ import annotations

from pydantic import Field

from alertmill.parameters.section import Section
from alertmill.parameters.sections import PromotionParameters
from alertmill.vocabulary import Difficulty, PromotionMode, WorldSize

DEMO_PROMOTION = PromotionParameters(mode=PromotionMode.AUTO, min_confirmed_addresses=10)
"""The demo shows a champion, also in the small world, which has few confirmed new addresses."""


class DemoParameters(Section):
    """Simulate a world with money laundering in it, and train on all of its days."""

    size: WorldSize = Field(
        WorldSize.SMALL,
        title="Size",
        description="Size of the simulated world; small takes minutes, large takes hours.",
    )
    difficulty: Difficulty = Field(
        Difficulty.STANDARD,
        title="Difficulty",
        description="Degree to which launderers of the simulated world hide.",
    )
    seed: int = Field(7, title="Seed", ge=0, description="Seed of everything random in the world.")
