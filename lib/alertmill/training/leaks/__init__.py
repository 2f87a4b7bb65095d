"""The leak screen: what stops a run whose features know what they must not know.

One check a module, each a function from a `Subject` to a `CheckResult`; `screen` does them all.
"""

from alertmill.training.leaks.findings import CheckName, CheckResult, Finding, LeakReport, State
from alertmill.training.leaks.screen import screen
from alertmill.training.leaks.subject import Subject

__all__ = ["CheckName", "CheckResult", "Finding", "LeakReport", "State", "Subject", "screen"]
