"""What the leak screen of a run looked at, found, and was told to overlook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from alertmill.training.leaks import LeakReport

_CHECK_SCHEMA = dict.fromkeys(("check", "question", "state", "scope"), pl.String) | {
    "n_findings": pl.Int64
}
_FINDING_SCHEMA = dict.fromkeys(("name", "check", "reason", "evidence", "overruled"), pl.String)


def list_checks(report: LeakReport) -> pl.DataFrame:
    """List every check.

    Returns
    -------
    DataFrame
        Columns check, question, state (passed, failed, overruled or not done), scope, n_findings.
    """
    rows = [
        (
            result.check.value,
            result.check.question,
            report.state_of(result).value,
            result.scope,
            len(result.findings),
        )
        for result in report.checks
    ]
    return pl.DataFrame(rows, schema=_CHECK_SCHEMA, orient="row")


def list_findings(report: LeakReport) -> pl.DataFrame:
    """List what was found, and the overrulings that nothing was found for.

    Returns
    -------
    DataFrame
        Columns name (of the feature, or of the check that names none), check, reason, evidence and
        overruled (why it did not stop the run; missing where it did).
    """
    found = [
        (f.name, f.check.value, f.reason, f.evidence, report.overruled.get(f.name))
        for f in report.findings
    ]
    idle = [
        (name, None, "nothing was found: it need not be overruled", None, reason)
        for name, reason in report.overruled.items()
        if name not in {finding.name for finding in report.findings}
    ]
    return pl.DataFrame(found + idle, schema=_FINDING_SCHEMA, orient="row")
