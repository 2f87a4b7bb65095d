"""A simulated economy with money laundering in it: transfers, labels, and the truth."""

from alertmill.snapshots.simulator.parameters import Difficulty, WorldParameters
from alertmill.snapshots.simulator.world import World, simulate

__all__ = ["Difficulty", "World", "WorldParameters", "simulate"]
