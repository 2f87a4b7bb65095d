"""What a run decides about its model, as written to ``promotion/decision.json``."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pydantic import ConfigDict, Field

from alertmill.frozen_model import FrozenModel
from alertmill.vocabulary import PromotionMode, PromotionOutcome

if TYPE_CHECKING:
    from alertmill.runs import Run

DECISION_FILE = "promotion/decision.json"
"""Below the run folder."""


class Difference(FrozenModel):
    """Average precision of the model minus that of the champion, on new addresses of the test."""

    model_config = ConfigDict(allow_inf_nan=False)

    value: float
    ci_low: float = Field(description="Lower end of the 95 % interval over resampled addresses.")
    ci_high: float = Field(description="Upper end of the 95 % interval over resampled addresses.")


class PromotionDecision(FrozenModel):
    """The decision of a run about its model; what follows from it depends on the mode."""

    outcome: PromotionOutcome
    is_recommended: bool = Field(description="Whether the model should become the champion.")
    mode: PromotionMode
    model_id: str
    fitted_until: date | None = Field(None, description="Last training day of the model.")
    champion_id: str | None = Field(description="Champion at the extraction; None without one.")
    champion_fitted_until: date | None = Field(
        None, description="Last training day of the champion; None without one."
    )
    margin: float = Field(description="Average precision that the model may lose.")
    difference: Difference | None = Field(None, description="None if nothing could be compared.")
    n_confirmed_addresses: int = Field(description="New test addresses with a confirmed alert.")
    n_resamples: int = Field(description="Address resamples behind the interval.")
    blocking: tuple[str, ...] = Field((), description="Codes of the checks that object.")
    sentence: str = Field(description="The outcome and its reason, for readers.")

    @property
    def advice(self) -> str:
        """Advise for or against making the model the champion, in a sentence."""
        rival = f", in place of {self.champion_id}" if self.champion_id else ""
        if self.is_recommended:
            return f"This model should become the champion{rival}."
        return "This model should not become the champion by itself."


def decision_of(run: Run) -> PromotionDecision | None:
    """Read the decision of a run; None if the run has not decided."""
    path = run.path / DECISION_FILE
    return (
        PromotionDecision.model_validate_json(path.read_text(encoding="utf-8"))
        if path.is_file()
        else None
    )
