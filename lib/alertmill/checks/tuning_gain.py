"""AM008: whether the search has found anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.checks.check import Check, Verdict, not_applicable, passed, tip
from alertmill.tables.search_noise import gain_text
from alertmill.training.tuning.noise import default_trial
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.runs import Run


class TuningGain(Check):
    """The best of many trials is the luckiest as well."""

    code = "AM008"
    title = "no better than before tuning beyond noise"
    looks_at = (
        "the best trial against the default hyperparameters on the same folds with other seeds, "
        "beside the standard error, corrected for the overlap of the folds"
    )
    advice = "The defaults ship: simpler to explain, and nothing is lost that can be shown."

    def look(self, run: Run) -> Verdict:
        """Return the gain by which the run has chosen between the two."""
        tuning = run.tuning
        default, gain = default_trial(tuning.trials, tuning.space), tuning.choice.gain
        if default.is_empty() or gain is None:
            return not_applicable("the best trial was not compared with the defaults")
        if tuning.best == tuning.space.default:
            return tip(f"the defaults are the best of {counted(tuning.complete.height, 'trial')}")
        evidence = pl.DataFrame(
            {
                "fold": np.arange(1, gain.n_folds + 1),
                "chosen": tuning.best_trial["fold_values"],
                "default": default["fold_values"][0],
            }
        )
        told = gain_text(gain, tuning.choice.metric)
        return passed(told, evidence) if gain.is_proven else tip(told, evidence)
