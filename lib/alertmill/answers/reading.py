"""What several answers read of a run: its line, its checks, and metrics as numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from alertmill.answers.answer import KeyNumber
from alertmill.errors import UnfinishedRunError
from alertmill.evaluation.check_results import CheckResult, CheckState
from alertmill.evaluation.reports import MetricValue
from alertmill.promotions.decision import decision_of
from alertmill.training.models.model import METADATA_FILE, ModelMetadata
from alertmill.vocabulary import CheckCode
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.runs import Run

_T = TypeVar("_T")
_DIGEST_LETTERS = 12


def available(read: Callable[[], _T]) -> _T | None:
    """Return what ``read`` gives, or None where the stage that makes it has not finished."""
    try:
        return read()
    except UnfinishedRunError:
        return None


def run_line(run: Run) -> str:
    """Return run, range, model, verdict and digest of the trees, as far as they are there."""
    p = run.parameters
    model, decision = metadata_of(run), decision_of(run)
    parts = [run.run_id, f"{p.network} {p.start_date} to {p.end_date}"]
    parts += [model.model_id] if model else ["not trained yet"]
    parts += [f"verdict: {decision.outcome.value}"] if decision else []
    parts += [f"trees sha256 {model.booster_sha256[:_DIGEST_LETTERS]}"] if model else []
    return " · ".join(parts)


def metadata_of(run: Run) -> ModelMetadata | None:
    """Metadata of the run's model, without loading its trees; None before the training."""
    text = available(lambda: run.text(f"model/{METADATA_FILE}"))
    return None if text is None else ModelMetadata.model_validate_json(text)


def finding(run: Run, code: CheckCode) -> CheckResult | None:
    """Return what a check found and nobody muted, if it asks for action; None otherwise."""
    checks = available(lambda: run.checks)
    for result in checks.results if checks else ():
        asks = result.state in (CheckState.ISSUE, CheckState.TIP) and not result.muted_because
        if result.code == code and asks:
            return result
    return None


def advice_of(run: Run, *codes: CheckCode, otherwise: str) -> str:
    """Return the advice of the first of these checks that asks for action."""
    for code in codes:
        result = finding(run, code)
        if result is not None:
            return f"{result.code} found: {result.told}. {result.advice}"
    return otherwise


def metric_number(name: str, entry: MetricValue) -> KeyNumber:
    """Write a metric with its interval and what it was measured on."""
    if entry.value is None:
        return KeyNumber(name=name, value="none", basis=entry.note)
    has_interval = entry.ci_low is not None and entry.ci_high is not None
    interval = f"{entry.ci_low:.3f} to {entry.ci_high:.3f}" if has_interval else entry.note
    return KeyNumber(
        name=name, value=f"{entry.value:.3f}", basis=f"{interval}; {confirmed_of(entry)}"
    )


def confirmed_of(entry: MetricValue) -> str:
    """Return how many confirmed alerts, of how many, a metric rests on."""
    return (
        f"{entry.n_positives:,} confirmed of {counted(entry.n_rows, 'alert')}, "
        f"{counted(entry.n_addresses, 'address')}"
    )
