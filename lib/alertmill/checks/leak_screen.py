"""AM001: what the leak screen found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.checks.check import Check, Verdict, issue, passed, tip

if TYPE_CHECKING:
    from alertmill.runs import Run


class LeakScreen(Check):
    """A finding that stands stops a run before this; one that was overruled is shown again."""

    code = "AM001"
    title = "features know too much"
    looks_at = "the findings of the leak screen, and who overruled them"
    advice = "Read the reason of each overruled finding again, or leave the feature out."
    is_blocking = True

    def look(self, run: Run) -> Verdict:
        """Count findings that stand, and those that were overruled."""
        report = run.leak_screen
        evidence = pl.DataFrame(
            [(r.check.question, report.state_of(r).value, r.scope) for r in report.checks],
            schema=["question", "state", "looked at"],
            orient="row",
        )
        if report.standing:
            names = ", ".join(finding.name for finding in report.standing)
            return issue(f"{len(report.standing)} findings stand: {names}", evidence)
        if report.findings:
            told = "; ".join(
                f"{f.name} overruled: {report.overruled[f.name]}" for f in report.findings
            )
            return tip(told, evidence)
        n_done = sum(result.is_done for result in report.checks)
        return passed(f"{n_done} of {len(report.checks)} screens done, none found one", evidence)
