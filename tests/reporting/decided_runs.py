"""Parts of a run that its page shows: numbers beside the champion, checks, a verdict."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import polars as pl

from alertmill.evaluation.check_results import CheckReport, CheckResult, CheckState
from alertmill.evaluation.comparison import compare
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.reports import Comparison, Evaluation
from alertmill.files import write_model, write_parquet
from alertmill.promotions import GATE, PromotionDecision, PromotionEntry, PromotionLedger
from alertmill.promotions.decision import DECISION_FILE
from alertmill.runs import Run
from alertmill.training.registry.champions import ChampionReport
from alertmill.vocabulary import PromotionMode, PromotionOutcome, PromotionVerdict
from tests.evaluation.factories import make_predictions

MODEL, CHAMPION = "alert_scorer-aaaabbbbcccc", "alert_scorer-0123456789ab"
SENTENCE = "Better than the champion: +0.08 (+0.02 to +0.14). It is the champion now."


@cache
def _measured(
    *, is_beside_champion: bool, labelled_share: float
) -> tuple[pl.DataFrame, Evaluation, Comparison]:
    """Draw predictions and measure them, once for all tests."""
    predictions = make_predictions(labelled_share=labelled_share)
    if is_beside_champion:
        # Another order in the tens: otherwise both models would be the same to every metric.
        predictions = predictions.with_columns(pl.col("score").round(1).alias("score_champion"))
    sizes = {"review_budget": 5, "n_bootstrap": 50, "seed": 1}
    return predictions, evaluate(predictions, **sizes), compare(predictions, **sizes)


def add_numbers(run: Run, *, is_beside_champion: bool = True, labelled_share: float = 0.8) -> None:
    """Write predictions, metrics and tests; the champion scores as the model, rounded."""
    predictions, evaluation, comparison = _measured(
        is_beside_champion=is_beside_champion, labelled_share=labelled_share
    )
    folder = run.path / "evaluation"
    write_parquet(folder / "predictions.parquet", predictions)
    write_model(folder / "metrics.json", evaluation)
    write_model(folder / "comparison.json", comparison)
    reason = "" if is_beside_champion else "no model was promoted yet"
    champion = ChampionReport(model_id=CHAMPION, version="1.0.0", reason=reason)
    write_model(folder / "champion.json", champion)


def add_checks(run: Run, *states: CheckState, muted_because: str = "") -> None:
    """Write a report of checks that ended so, with codes from AM001 on."""
    results = tuple(
        CheckResult(
            code=f"AM{number:03}",
            title=f"question {number}",
            looks_at="one number",
            is_blocking=number == 1,
            state=state,
            told=f"found a_b = {number}",
            advice="look at it",
            muted_because=muted_because,
        )
        for number, state in enumerate(states, 1)
    )
    write_model(run.path / "checks" / "checks.json", CheckReport(champion_id=None, results=results))


def add_verdict(
    run: Run, verdict: PromotionVerdict = PromotionVerdict.PROMOTED, sentence: str = SENTENCE
) -> None:
    """Write a decision, and enter in the ledger what followed from it."""
    decision = PromotionDecision(
        outcome=PromotionOutcome.BETTER,
        is_recommended=True,
        mode=PromotionMode.AUTO,
        model_id=MODEL,
        champion_id=CHAMPION,
        margin=0.05,
        n_confirmed_addresses=20,
        n_resamples=200,
        sentence=sentence,
    )
    write_model(run.path / DECISION_FILE, decision)
    entry = PromotionEntry(
        decided_at=datetime(2026, 1, 5, 7, tzinfo=UTC),
        network=run.parameters.network,
        model_type=run.parameters.model_type,
        window_days=run.parameters.window_days,
        model_id=MODEL,
        run_id=run.run_id,
        verdict=verdict,
        actor=GATE,
        reason=sentence,
    )
    PromotionLedger(run.path.parent).write(entry)
