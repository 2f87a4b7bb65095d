"""Parameters of what a reviewer says of a run."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from alertmill.networks import KnownNetwork
from alertmill.parameters.section import Section
from alertmill.vocabulary import FindingSeverity

# The form checks the patterns before a run is made.
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S")]


class ReviewAct(StrEnum):
    """What a reviewer does."""

    APPROVE = "approve"
    REFUSE = "refuse"
    FINDING = "finding"
    RESOLVE = "resolve"


class ReviewRequest(Section):
    """A reviewer's statement about a published run."""

    network: KnownNetwork = Field(
        title="Network", description="Blockchain whose alerts are scored."
    )
    run_id: str = Field(
        title="Run",
        pattern=r"^\d{8}T\d{6}Z-[0-9a-f]{8}$",
        description="Id of a published run, for example from the first page of its reports.",
    )
    act: ReviewAct = Field(
        title="Act",
        description="approve or refuse: the verdict about the run; the last one of a person "
        "counts. finding: enter what was found. resolve: enter that a finding is settled.",
    )
    text: _Text = Field(
        title="Text",
        description="Why, what was found, or by what it is resolved; it is kept with your name.",
    )
    actor: _Text = Field(title="Your name", description="Name of the person who reviews.")
    role: str = Field(
        "", title="Your role", description="Role of the person, such as model validation."
    )
    severity: FindingSeverity = Field(
        FindingSeverity.MEDIUM, title="Severity", description="Weight of a finding."
    )
    is_blocking: bool = Field(
        default=False,
        title="Blocking",
        description="Whether the model is not promoted while the finding is open.",
    )
    finding: str = Field(
        "",
        title="Finding",
        pattern=r"^([0-9a-f]{8})?$",
        description="Key of the finding that is resolved, eight letters and digits.",
    )

    @model_validator(mode="after")
    def _check_finding(self) -> Self:
        if (self.act is ReviewAct.RESOLVE) is not bool(self.finding):
            raise ValueError(
                f"finding is {self.finding or 'empty'!r} with the act {self.act}; expected the key "
                "of a finding to resolve one, and nothing else."
            )
        return self
