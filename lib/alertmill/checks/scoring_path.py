"""AM016: whether scoring does what training did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.checks.check import Check, Verdict, issue, passed
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.rows import KEYS
from alertmill.training.features.units import build_unit_features
from alertmill.training.models.model import AlertModel
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.runs import Run


class ScoringPath(Check):
    """Builds the last test day alone, as daily scoring would, and scores it by the saved files."""

    code = "AM016"
    title = "train and score code differ"
    looks_at = "features and scores of the last test day, made again alone from the extract"
    advice = (
        "Find what a feature or the model knows of other days; do not use the scores until then."
    )
    is_blocking = True

    def look(self, run: Run) -> Verdict:
        """Compare the features bit by bit, and the scores to the last digit."""
        day = str(run.predictions["processing_date"].max())
        is_of_day = pl.col("processing_date").cast(pl.String) == day
        data = TrainingData.load(run.path / "data")
        alone = replace(
            data, alerts=data.alerts.filter(is_of_day), clusters=data.clusters.filter(is_of_day)
        )
        features = build_unit_features(alone, run.parameters.model_type).features.sort(KEYS)
        differing = _differing(run.features.filter(is_of_day).sort(KEYS), features)
        if differing:
            n, differ = len(differing), "differs" if len(differing) == 1 else "differ"
            told = f"{counted(n, 'feature')} {differ}: {', '.join(differing)}"
            return issue(told, pl.DataFrame({"feature": differing}))
        scores = AlertModel.load(run.path / "model").predict(features)
        kept = run.predictions.filter(is_of_day).sort(KEYS)["score"].to_numpy()
        n_other = int((scores != kept).sum())
        if n_other:
            largest = float(np.abs(scores - kept).max())
            return issue(f"{n_other} of {len(kept)} scores differ, by {largest:.3g} at most")
        n_features = counted(features.width - len(KEYS), "feature")
        return passed(f"{counted(len(kept), 'alert')} of {day}, {n_features}")


def _differing(built: pl.DataFrame, alone: pl.DataFrame) -> list[str]:
    if built.columns != alone.columns or built.height != alone.height:
        return sorted(set(built.columns) ^ set(alone.columns)) or ["number of alerts"]
    return [name for name in built.columns if not _is_equal(built[name], alone[name])]


def _is_equal(one: pl.Series, other: pl.Series) -> bool:
    return one.equals(other, null_equal=True)
