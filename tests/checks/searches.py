"""Runs that hold a search written by hand."""

from __future__ import annotations

from collections.abc import Mapping

from alertmill.training.models.hyperparameters import Hyperparameters
from tests.checks.written_runs import RunWriter
from tests.training.tuning.written_searches import searched


def write_search(
    writer: RunWriter, points: Mapping[Hyperparameters, tuple[float, ...]]
) -> RunWriter:
    """Write a search whose first point is the best."""
    searched(points).save(writer.run.path / "tuning")
    return writer
