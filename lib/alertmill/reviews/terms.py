"""What has to be approved before a model is promoted, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from alertmill.settings import Settings
from alertmill.wording import counted, listing


@dataclass(frozen=True)
class ReviewTerms:
    """Approvals that a promotion needs; an open blocking finding refuses it whatever they are."""

    n_needed: int = 0
    approvers: tuple[str, ...] = ()
    """Names of those whose approval counts; empty: of everybody but who started the run."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the terms of an installation."""
        return cls(settings.alertmill_approvals_needed, settings.alertmill_approvers)

    @property
    def sentence(self) -> str:
        """The rule, for readers."""
        if not self.n_needed:
            return "No approval is needed for a promotion."
        among = f" out of {listing(self.approvers)}" if self.approvers else ""
        return (
            f"A promotion needs the approval of {counted(self.n_needed, 'person')}{among}; whoever "
            "started the run does not count."
        )
