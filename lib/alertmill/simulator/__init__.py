"""A simulated economy with money laundering in it: transfers, labels, and the truth."""

from alertmill.simulator.parameters import DIFFICULTIES, SIZES, WorldParameters
from alertmill.simulator.world import World, simulate
from alertmill.vocabulary import Difficulty

__all__ = ["DIFFICULTIES", "SIZES", "Difficulty", "World", "WorldParameters", "simulate"]
