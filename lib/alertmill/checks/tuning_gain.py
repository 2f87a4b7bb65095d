"""AM008: whether the search has found anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.checks.check import Check, Verdict, not_applicable, passed, tip
from alertmill.evaluation.folds import corrected_t_test
from alertmill.tables.search_noise import search_noise
from alertmill.training.tuning.noise import default_trial
from alertmill.wording import counted, readable

if TYPE_CHECKING:
    from alertmill.runs import Run

LEVEL = 0.05


class TuningGain(Check):
    """The best of many trials is the luckiest as well."""

    code = "AM008"
    title = "no better than before tuning beyond noise"
    looks_at = (
        "chosen against default hyperparameters on the same folds, corrected for their overlap"
    )
    advice = "The defaults would do: simpler to explain, and nothing is lost that can be shown."

    def look(self, run: Run) -> Verdict:
        """Test the differences over the folds by the corrected resampled t test."""
        tuning = run.tuning
        default = default_trial(tuning.trials, tuning.space)
        if default.is_empty():
            return not_applicable("no trial measured the default hyperparameters")
        chosen, before = (
            np.asarray(values)
            for values in (tuning.best_trial["fold_values"], default["fold_values"][0])
        )
        folds = tuning.folds
        test_share = float(
            np.mean((folds["validation_n_alerts"] / folds["train_n_alerts"]).to_numpy())
        )
        gain = float(np.mean(chosen - before))
        p_value = corrected_t_test(chosen - before, test_share=test_share)
        evidence = pl.DataFrame(
            {"fold": np.arange(1, len(chosen) + 1), "chosen": chosen, "default": before}
        )
        metric = readable(tuning.choice.metric)
        told = f"{metric} {gain:+.3f} against the defaults over {counted(len(chosen), 'fold')}"
        noise = search_noise(tuning)
        if noise is not None and not noise.is_default:
            seeds = counted(len(noise.gains), "other seed")
            told = f"{told}, {noise.lasting_gain:+.3f} with {seeds}"
        if p_value is None:
            return tip(told, evidence)
        told = f"{told}, p = {p_value:.2f}"
        return passed(told, evidence) if gain > 0 and p_value < LEVEL else tip(told, evidence)
