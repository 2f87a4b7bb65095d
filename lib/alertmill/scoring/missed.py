"""How many true alerts are closed unseen, by what the past of a scoring run has shown."""

from __future__ import annotations

from alertmill.evaluation.missed import estimate_missed
from alertmill.scoring.folder import MissedRecord, ScoringRun
from alertmill.vocabulary import ModelType


def missed_of(run: ScoringRun) -> MissedRecord:
    """Estimate which share of the true alerts lies below the queue, in a sentence."""
    if run.parameters.model_type is ModelType.CLUSTER_SCORER:
        sentence = "Decisions are about alerts, so what clusters miss is not estimated."
        return MissedRecord(sentence=sentence, is_known=False)
    n_below = int(run.decided.unique("processing_date")["n_below"].sum())
    found = estimate_missed(run.decided, n_below=n_below, seed=run.parameters.seed)
    return MissedRecord(sentence=found.sentence, is_known=found.value is not None)
