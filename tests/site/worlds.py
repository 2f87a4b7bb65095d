"""Runs folders for tests of the site: many small runs, written by the writers of the product."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from alertmill.evaluation.check_results import CheckReport, CheckResult, CheckState
from alertmill.evaluation.reports import HEADLINE_METRICS, MetricValue
from alertmill.files import write_model, write_text
from alertmill.parameters import TrainingParameters
from alertmill.promotions import (
    DECISION_FILE,
    GATE,
    Difference,
    PromotionDecision,
    PromotionEntry,
    PromotionLedger,
)
from alertmill.reporting.failure import Failure
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.outcomes import NotebookOutcome, Status, save_outcome
from alertmill.runs import Registration, Run
from alertmill.vocabulary import Network, PromotionMode, PromotionOutcome, PromotionVerdict

START = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
REPORT = (
    "<!DOCTYPE html><html><head><title>A report</title></head><body><h1>A report</h1>"
    '<p><a id="next" href="02_second.html">next</a> '
    '<a id="source" href="../notebooks/01_first.ipynb" download>notebook</a> '
    '<a id="outside" href="https://example.invalid/" target="_blank">outside</a></p></body></html>'
)
_TITLES = {"01_first": "The first report", "02_second": "The second report"}


@dataclass(frozen=True)
class Plan:
    """What a run of a world is like."""

    n: int = 0
    """Weeks after the first run; its number of the world."""
    network: Network = Network.ETHEREUM
    model_type: str = "alert_scorer"
    value: float = 0.6
    verdict: PromotionVerdict | None = PromotionVerdict.KEPT
    seed: int = 7

    @property
    def model_id(self) -> str:
        """Name of the model."""
        return f"{self.model_type}-{self.n:012x}"


def start_run(runs_dir: Path, plan: Plan = Plan()) -> Run:
    """Begin a run: nothing but its parameters."""
    end = date(2024, 2, 29) + timedelta(weeks=plan.n)
    parameters = TrainingParameters(
        network=plan.network,
        start_date=end - timedelta(days=59),
        end_date=end,
        model_type=plan.model_type,
        seed=plan.seed,
    )
    key = f"{plan.network}-{plan.model_type}-{plan.n}"
    return Run.create(runs_dir, parameters, key=key, now=START + timedelta(weeks=plan.n))


def finish_run(runs_dir: Path, plan: Plan = Plan()) -> Run:
    """Write a finished run with two reports, and carry its decision out."""
    run = start_run(runs_dir, plan)
    write_model(run.path / "checks/checks.json", checks())
    registration = Registration(
        model_id=plan.model_id,
        version="1.0.0",
        run_id=run.run_id,
    )
    write_model(run.path / "model/registration.json", registration)
    for name, title in _TITLES.items():
        write_text(run.path / f"reports/{name}.html", REPORT)
        outcome = NotebookOutcome(
            template=name, title=title, about="What it decides.", status=Status.OK,
            seconds=1.5, template_sha256="0" * 64,
        )  # fmt: skip
        write_text(run.path / f"notebooks/{name}.ipynb", "{}")
        save_outcome(run.path / f"notebooks/{name}.ipynb", outcome)
    write_text(run.path / "reports/index.html", REPORT.replace("A report", "The index"))
    (run.path / "reports.zip").write_bytes(bytes(range(256)) * 40)
    if plan.verdict is not None:
        decide(run, plan)
    _write_evaluation(run, plan.value)
    write_manifest(run)
    return run


def fail_run(runs_dir: Path, plan: Plan, *, message: str = "no alerts in the range.") -> Run:
    """Write a run that stopped in its extraction."""
    run = start_run(runs_dir, plan)
    failure = Failure(stage="extract", kind="NoAlertsError", message=message)
    write_model(run.path / "failure.json", failure)
    return run


def decide(run: Run, plan: Plan, *, actor: str = GATE, at: datetime | None = None) -> None:
    """Write the decision of a run, and an entry of the ledger."""
    if actor == GATE:
        write_model(run.path / DECISION_FILE, _decision(plan))
    assert plan.verdict is not None
    entry = PromotionEntry(
        decided_at=at or START + timedelta(weeks=plan.n, hours=1),
        network=plan.network,
        model_type=plan.model_type,
        window_days=7,
        model_id=plan.model_id,
        run_id=run.run_id,
        verdict=plan.verdict,
        actor=actor,
        reason="Its average precision on new addresses is not worse by more than the margin.",
    )
    PromotionLedger(run.path.parent).write(entry)


def checks(*, title: str = "no better than the rule") -> CheckReport:
    """Return one check of each state."""
    results = [
        CheckResult(
            code=f"AM{n:03d}",
            title=title,
            looks_at="average precision against severity and volume",
            is_blocking=state is CheckState.ISSUE,
            state=state,
            told=f"found as {state.value}",
            advice="collect more labels" if state in (CheckState.ISSUE, CheckState.TIP) else "",
        )
        for n, state in enumerate(CheckState, 1)
    ]
    return CheckReport(champion_id=None, results=tuple(results))


def year(runs_dir: Path, n_runs: int = 52) -> None:
    """Write weekly runs of one network, most of them finished, with every verdict among them."""
    verdicts = [*PromotionVerdict, PromotionVerdict.KEPT, PromotionVerdict.KEPT]
    for n in range(n_runs):
        value = 0.62 + 0.1 * math.sin(n / 5) + 0.03 * math.cos(7 * n)
        plan = Plan(n=n, value=value, verdict=verdicts[n % len(verdicts)])
        if n % 17 == 11:
            fail_run(runs_dir, plan)
        else:
            finish_run(runs_dir, plan)


def _decision(plan: Plan) -> PromotionDecision:
    return PromotionDecision(
        outcome=PromotionOutcome.NOT_WORSE,
        is_recommended=True,
        mode=PromotionMode.PROPOSE,
        model_id=plan.model_id,
        champion_id="alert_scorer-champion",
        margin=0.05,
        difference=Difference(value=0.031, ci_low=-0.012, ci_high=0.074),
        n_confirmed_addresses=61,
        n_resamples=400,
        sentence="The model is not worse than the champion by more than the margin of 0.05.",
    )


def headline(value: float) -> Sequence[MetricValue]:
    """Return the headline metrics of a run whose average precision is ``value``."""
    return tuple(
        MetricValue(
            model="model",
            split=split,
            metric=metric,
            value=value - 0.05 * (split == "test_new"),
            ci_low=value - 0.12,
            ci_high=value + 0.1,
            n_rows=1234,
            n_addresses=210,
            n_positives=41,
        )
        for metric in HEADLINE_METRICS
        for split in ("test_all", "test_new")
    )


def _write_evaluation(run: Run, value: float) -> None:
    from alertmill.evaluation.reports import Evaluation

    evaluation = Evaluation(threshold=0.5, review_budget=20, metrics=tuple(headline(value)))
    path = run.path / "evaluation/metrics.json"
    write_model(path, evaluation)
