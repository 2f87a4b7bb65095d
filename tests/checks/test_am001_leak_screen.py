"""AM001 shows again what the leak screen found, and who overruled it."""

from __future__ import annotations

from pathlib import Path

from alertmill.checks.leak_screen import LeakScreen
from alertmill.evaluation.check_results import CheckState
from alertmill.training.leaks import CheckName, CheckResult, Finding, LeakReport
from tests.checks.written_runs import RunWriter

FOUND = Finding(
    check=CheckName.SINGLE_FEATURE, feature="risk_level", reason="tells alone", evidence="0.99"
)


def written(folder: Path, *findings: Finding, overruled: dict[str, str]) -> RunWriter:
    checks = (CheckResult(check=CheckName.SINGLE_FEATURE, findings=findings, scope="2 features"),)
    report = LeakReport(checks=checks, overruled=overruled)
    return RunWriter(folder).model("features/leak_screen.json", report)


def test_a_clean_screen_passes(tmp_path: Path) -> None:
    assert LeakScreen().look(written(tmp_path, overruled={}).run).state is CheckState.PASSED


def test_a_standing_finding_is_an_issue(tmp_path: Path) -> None:
    verdict = LeakScreen().look(written(tmp_path, FOUND, overruled={}).run)

    assert verdict.state is CheckState.ISSUE
    assert "risk_level" in verdict.told


def test_an_overruled_finding_is_told_with_its_reason(tmp_path: Path) -> None:
    run = written(tmp_path, FOUND, overruled={"risk_level": "known before the alert"}).run

    verdict = LeakScreen().look(run)

    assert verdict.state is CheckState.TIP
    assert "known before the alert" in verdict.told
