"""The error of the leak screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError

_MOST_FINDINGS = 30


class LeakError(AlertmillError):
    """Features know what they must not know."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, names: Sequence[str], findings: Sequence[object], *, report: object) -> Self:
        """List what was found.

        Parameters
        ----------
        names : sequence of str
            By which the findings are overruled, repeated or not.
        findings : sequence of object
            Each as one line that begins with its name.
        report : object
            Path of the file with all that the screen looked at.
        """
        distinct = list(dict.fromkeys(names))
        lines = [f"  {finding}" for finding in findings[:_MOST_FINDINGS]]
        if len(findings) > _MOST_FINDINGS:
            lines.append(f"  and {len(findings) - _MOST_FINDINGS} more")
        return cls(
            f"the leak screen stopped the run: {', '.join(distinct)} may know the label or the "
            "future, and no number of this model could be believed:\n" + "\n".join(lines) + "\n"
            "Take the feature out or build it from earlier data. If it is honest, overrule it by "
            f"name and reason: leak_screen.overruled in the parameters, or --overrule-leak "
            f"{distinct[0]}='why it is honest'. {report} holds every check."
        )
