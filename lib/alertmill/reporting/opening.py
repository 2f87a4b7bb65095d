"""What the first page says first: the decision, the work it makes, what blocks, what changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from alertmill.answers.reading import available, metadata_of
from alertmill.evaluation.check_results import CheckReport
from alertmill.evaluation.queue import (
    queue_sentence,
    reviewed_queue,
    workload,
    workload_sentence,
)
from alertmill.evaluation.reports import HEADLINE_METRICS, Comparison, Evaluation
from alertmill.evaluation.summaries import POPULATION_TITLES, headline_sentence
from alertmill.promotions import PromotionDecision, decision_of
from alertmill.reporting.digits import difference_text
from alertmill.runs import Run
from alertmill.tables.model_changes import changes_sentence, model_changes
from alertmill.tables.origins import count_ranges, origins_sentence
from alertmill.tables.search_noise import shipping_sentence
from alertmill.wording import readable

_CHAMPION = "champion"
_POPULATION = "test_new"
_METRIC = "average_precision"


@dataclass(frozen=True)
class Change:
    """One way in which the model differs from the champion."""

    what: str
    champion: str
    this_model: str


@dataclass(frozen=True)
class Opening:
    """What a reader learns in the first half minute."""

    advice: str
    """True if the model should become the champion."""
    reason: str
    work: str
    """What the budget buys and what the threshold flags; empty before the evaluation."""
    sure: str
    """Average precision with its intervals, on the test and over all test ranges; empty before the
    evaluation."""
    search: str
    """Whether the search's choice ships or the defaults; empty before the search."""
    blocking: tuple[str, ...]
    differences: tuple[tuple[str, str], ...]
    """Metric and its difference to the champion, with interval; empty without a comparison."""
    changes: tuple[Change, ...]
    changed: str
    """The changes in a sentence; empty without a champion."""


def opening_of(run: Run) -> Opening | None:
    """Return what the first page opens with; None while the run has not decided."""
    decision = decision_of(run)
    if decision is None:
        return None
    changes = _changes(run, decision)
    return Opening(
        advice=decision.advice,
        reason=decision.sentence,
        work=work_sentences(run),
        sure=_sure(available(lambda: run.evaluation), available(lambda: run.origins)),
        search=_search(run),
        blocking=_blocking(available(lambda: run.checks)),
        differences=tuple(_differences(available(lambda: run.comparison))),
        changes=() if changes is None else tuple(Change(*row) for row in changes.rows()),
        changed="" if changes is None else changes_sentence(changes),
    )


def work_sentences(run: Run) -> str:
    """Return what the review budget buys and what the threshold flags; empty where not known."""
    evaluation, predictions = available(lambda: run.evaluation), available(lambda: run.predictions)
    if evaluation is None or predictions is None:
        return ""
    budget = evaluation.review_budget
    load = workload(predictions, threshold=evaluation.threshold)
    queue = queue_sentence(reviewed_queue(predictions, review_budget=budget))
    flagged = workload_sentence(load, threshold=evaluation.threshold, review_budget=budget)
    return f"{queue} {flagged}"


def _sure(evaluation: Evaluation | None, origins: pl.DataFrame | None) -> str:
    if evaluation is None:
        return ""
    headline = headline_sentence(
        [evaluation.get("model", _METRIC, split=split) for split in ("test_new", "test_all")]
    )
    if origins is None or count_ranges(origins) == 1:
        return headline
    return f"{headline} {origins_sentence(origins)}"


def _search(run: Run) -> str:
    tuning = available(lambda: run.tuning)
    return "" if tuning is None else shipping_sentence(tuning.choice)


def _blocking(checks: CheckReport | None) -> tuple[str, ...]:
    found = checks.blocking if checks else ()
    return tuple(f"{result.code} {result.title}: {result.told}" for result in found)


def _differences(comparison: Comparison | None) -> Iterator[tuple[str, str]]:
    for entry in comparison.differences if comparison else ():
        is_shown = entry.rival == _CHAMPION and entry.split == _POPULATION
        if is_shown and entry.metric in HEADLINE_METRICS:
            name = f"{readable(entry.metric)}, {POPULATION_TITLES[_POPULATION]}"
            yield name, difference_text(entry)


def _changes(run: Run, decision: PromotionDecision) -> pl.DataFrame | None:
    """Return what differs from the champion; None without one."""
    metadata = metadata_of(run)
    if decision.champion_id is None or metadata is None:
        return None
    return model_changes(run.registered_models, decision.champion_id, metadata)
