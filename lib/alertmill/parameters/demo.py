"""Parameters of the demonstration."""

from __future__ import annotations

from pydantic import Field

from alertmill.parameters.section import Section
from alertmill.vocabulary import Difficulty, WorldSize


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
