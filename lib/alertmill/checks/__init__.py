"""Coded checks: what a reviewer would ask of a finished run, asked of every one.

One check a module and a class, each with a code that never changes its meaning. They read the run
folder and write nothing; `check_run` does them all.
"""

from alertmill.checks.all import CHECKS, check_codes, check_run
from alertmill.checks.check import Check, Verdict

__all__ = ["CHECKS", "Check", "Verdict", "check_codes", "check_run"]
