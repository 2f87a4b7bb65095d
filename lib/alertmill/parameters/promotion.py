"""Parameters of a person's decision about a model."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from alertmill.networks import KnownNetwork
from alertmill.parameters.section import Section

# The form checks the pattern before a run is made.
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S")]


class PersonsDecision(StrEnum):
    """What a person decides about a model."""

    PROMOTE = "promote"
    REJECT = "reject"


class PromotionRequest(Section):
    """A person's decision about a registered model."""

    network: KnownNetwork = Field(
        title="Network", description="Blockchain whose alerts are scored."
    )
    model_id: _Text = Field(
        title="Model",
        description="Id of a registered model, for example from the report of its run.",
    )
    decision: PersonsDecision = Field(
        title="Decision",
        description="promote: the model becomes the champion, whatever the checks found. reject: "
        "it is no longer proposed, and no run promotes it.",
    )
    reason: _Text = Field(
        title="Reason", description="Why, in a sentence; it is kept with your name for audits."
    )
    actor: _Text = Field(title="Your name", description="Name of the person who decides.")
