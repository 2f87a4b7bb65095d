"""Prints what the tests of `make validity` measured, below their results."""

from __future__ import annotations

import re

import pytest

_CLAIM = re.compile(r"V\d+ ")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List everything that a test recorded under the name of a claim, as ``V6 coverage of ...``."""
    reports = [
        report for outcome in ("passed", "failed") for report in _reports(terminalreporter, outcome)
    ]
    measured = {
        name: value
        for report in reports
        for name, value in report.user_properties
        if _CLAIM.match(name)
    }
    if measured:
        terminalreporter.section("measured")
    for name in sorted(measured, key=lambda name: (int(name[1 : name.index(" ")]), name)):
        terminalreporter.write_line(f"| {name} | {measured[name]} |")


def _reports(terminalreporter: pytest.TerminalReporter, outcome: str) -> list[pytest.TestReport]:
    found = terminalreporter.stats.get(outcome, [])
    return [report for report in found if isinstance(report, pytest.TestReport)]
