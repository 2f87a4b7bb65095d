"""All checks of the leak screen, and what of their findings is overruled."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alertmill.errors import UnknownNameError
from alertmill.training.leaks.deletion import check_future, check_labels
from alertmill.training.leaks.findings import CheckName, CheckResult, LeakReport
from alertmill.training.leaks.names import check_names
from alertmill.training.leaks.one_class import check_one_class
from alertmill.training.leaks.permuted import check_permuted
from alertmill.training.leaks.single_feature import check_single_features
from alertmill.training.leaks.subject import Subject

LeakCheck = Callable[[Subject], CheckResult]

CHECKS: tuple[LeakCheck, ...] = (
    check_names,
    check_single_features,
    check_one_class,
    check_future,
    check_labels,
    check_permuted,
)
"""In the order of `CheckName`."""


def screen(subject: Subject, *, overruled: Mapping[str, str]) -> LeakReport:
    """Do every check, the failed ones too, so that one run tells all.

    Parameters
    ----------
    subject : Subject
        The rows before the test range, and how they were made.
    overruled : mapping of str to str
        Features whose findings are accepted, each with the reason. ``permuted_labels`` stands for
        the check that names no feature.

    Raises
    ------
    UnknownNameError
        If something is overruled that does not exist.
    """
    known = {*subject.names, CheckName.PERMUTED.value}
    for name in overruled:
        if name not in known:
            raise UnknownNameError.of("feature in leak_screen.overruled", name, known)
    return LeakReport(checks=tuple(check(subject) for check in CHECKS), overruled=dict(overruled))
