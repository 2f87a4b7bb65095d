"""Middle of a model card: how good the model is, for whom, and what the checks found."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from alertmill.evaluation.check_results import CheckReport, CheckResult
from alertmill.evaluation.metrics import METRICS
from alertmill.evaluation.reports import Comparison, Evaluation
from alertmill.evaluation.summaries import (
    POPULATION_TITLES,
    checks_sentence,
    headline_sentence,
    metrics_by_population,
    population_table,
    segment_table,
)
from alertmill.promotions import decision_of
from alertmill.reporting.card_parts import CardSection, CardTable, frame_table
from alertmill.reporting.digits import difference_text
from alertmill.runs import Run
from alertmill.vocabulary import CheckCode
from alertmill.wording import counted, listing, readable

CALIBRATION_METRICS = (
    "brier_score",
    "log_loss",
    "calibration_error",
    "smooth_calibration_error",
    "calibration_slope",
    "calibration_bias",
)
"""How far probabilities can be taken at their word; all others measure the order of alerts."""
_CHAMPION = "champion"
_GROUP_METRICS = ("average_precision", "roc_auc", "precision_at_budget")
_INTERVALS = (
    "In brackets: 95 % intervals that resample addresses, not alerts. The test days were scored "
    "once, and no choice had seen them."
)
_GROUPS_OF_ALERTS = (
    "Groups are of alerts and rules; Alertmill knows nothing of the persons behind an address, so "
    "protected groups cannot be compared here."
)
_POPULATION_HEADS = (
    "population",
    "days",
    "alerts",
    "labelled",
    "confirmed",
    "addresses",
    "confirmed addresses",
    "cleared addresses",
)


def evidence_section(run: Run) -> CardSection:
    """Return every metric with its interval and counts, calibration, and the champion."""
    evaluation = run.evaluation
    metrics = metrics_by_population(evaluation)
    is_calibration = pl.col("metric").is_in(CALIBRATION_METRICS)
    heads = ("metric", *POPULATION_TITLES.values(), "what it measures")
    return CardSection(
        key="evidence",
        title="How good is it?",
        asked_by="SR 11-7 V (outcomes analysis, benchmarking); SS1/23 principle 4",
        sentences=(
            headline_sentence(evaluation.headline),
            _INTERVALS,
            *_champion_sentences(run),
        ),
        tables=(
            frame_table(
                "What the numbers rest on", population_table(evaluation), _POPULATION_HEADS
            ),
            frame_table("Order of the alerts", _named(metrics.filter(~is_calibration)), heads),
            frame_table(
                "Calibration of the probabilities", _named(metrics.filter(is_calibration)), heads
            ),
            *_champion_tables(evaluation, run.comparison),
        ),
    )


def _named(metrics: pl.DataFrame) -> pl.DataFrame:
    """Write the names as a reader knows them, and say what each metric measures."""
    names = {metric.name: readable(metric.name) for metric in METRICS}
    meanings = {metric.name: metric.meaning for metric in METRICS}
    name = pl.col("metric")
    return metrics.with_columns(name.replace_strict(names), meaning=name.replace_strict(meanings))


def _champion_sentences(run: Run) -> Iterator[str]:
    champion, decision = run.champion, decision_of(run)
    if _CHAMPION not in run.evaluation.models:
        yield f"Not compared with a champion: {champion.reason.rstrip('.')}."
    else:
        yield f"The champion was {champion.model_id}, version {champion.version}."
    if champion.unknown:
        yield f"The champion does not know: {champion.unknown}"
    if decision is not None:
        yield decision.sentence


def _champion_tables(evaluation: Evaluation, comparison: Comparison) -> tuple[CardTable, ...]:
    if _CHAMPION not in evaluation.models:
        return ()
    rows = tuple(
        (
            readable(entry.metric),
            POPULATION_TITLES[entry.split],
            evaluation.get("model", entry.metric, split=entry.split).text,
            evaluation.get(_CHAMPION, entry.metric, split=entry.split).text,
            difference_text(entry),
            "not tested" if entry.standing is None else entry.standing.value,
            counted(entry.n_addresses, "address"),
        )
        for entry in comparison.differences
        if entry.rival == _CHAMPION
    )
    heads = (
        "metric",
        "population",
        "this model",
        "champion",
        "difference",
        "by the paired test",
        "measured on",
    )
    return (CardTable(caption="Against the champion", heads=heads, rows=rows),)


def group_section(run: Run) -> CardSection:
    """Return the quality in each group of alerts that the run has measured."""
    groups = segment_table(run.evaluation, metrics=_GROUP_METRICS)
    return CardSection(
        key="groups",
        title="For which alerts is it weaker?",
        asked_by="SR 11-7 V (conceptual soundness, outcomes by segment); SS1/23 principle 4",
        sentences=(
            group_sentence(run.checks),
            _GROUPS_OF_ALERTS,
        ),
        tables=(
            frame_table(
                "Groups of test alerts",
                groups.with_columns(pl.col("segment").str.replace_all("_", " ")),
                (
                    "group",
                    "value",
                    "labelled alerts",
                    "confirmed",
                    "addresses",
                    *(readable(metric) for metric in _GROUP_METRICS),
                ),
            ),
        ),
    )


def group_sentence(checks: CheckReport) -> str:
    """Return the verdict of the check that compares each group with all alerts."""
    result = next((r for r in checks.results if r.code == CheckCode.AM007), None)
    if result is None:
        return "No check compared the groups with all alerts."
    muted = f" (muted: {result.muted_because.rstrip('.')})" if result.muted_because else ""
    return f"{result.code} {result.title}: {result.state.value}{muted}; {result.told.rstrip('.')}."


def check_section(run: Run) -> CardSection:
    """Return what the coded checks found, and which nobody needs to act on and why."""
    checks = run.checks
    muted = [result for result in checks.results if result.muted_because]
    return CardSection(
        key="checks",
        title="What did the checks find?",
        asked_by="SR 11-7 V (ongoing challenge); SS1/23 principles 3 and 4",
        sentences=(f"Checks: {checks_sentence(checks)}", muted_sentence(checks)),
        tables=(
            _check_table("Checks that count", [r for r in checks.results if not r.muted_because]),
            *((_muted_table(muted),) if muted else ()),
        ),
    )


def muted_sentence(checks: CheckReport) -> str:
    """Return how many checks are muted, and whether any of them would block a promotion."""
    muted = [result for result in checks.results if result.muted_because]
    if not muted:
        return "No check is muted."
    blocking = [result.code for result in muted if result.is_blocking]
    can_block = f"; of these {listing(blocking)} could refuse a promotion" if blocking else ""
    verb = "is" if len(muted) == 1 else "are"
    return f"{counted(len(muted), 'check')} {verb} muted by the parameters of the run{can_block}."


def _check_table(caption: str, results: list[CheckResult]) -> CardTable:
    return CardTable(
        caption=caption,
        heads=("code", "check", "verdict", "found", "can refuse a promotion"),
        rows=tuple(
            (r.code, r.title, r.state.value, r.told, "yes" if r.is_blocking else "no")
            for r in results
        ),
    )


def _muted_table(muted: list[CheckResult]) -> CardTable:
    return CardTable(
        caption="Muted checks",
        heads=("code", "check", "verdict", "found", "can refuse a promotion", "muted because"),
        rows=tuple(
            (
                r.code,
                r.title,
                r.state.value,
                r.told,
                "yes" if r.is_blocking else "no",
                r.muted_because,
            )
            for r in muted
        ),
    )
