"""The model card of a run: what model-risk teams ask of a model, from the run's files alone.

The sections stand in the order in which SR 11-7 and SS1/23 ask: what the model is and for what,
what it was made of, how good it is, where it is weak, how to watch it, and who approved it.
"""

from __future__ import annotations

from pydantic import Field

from alertmill.audit.heads import LedgerHead
from alertmill.frozen_model import FrozenModel
from alertmill.provenance import Provenance, collect
from alertmill.reporting.card_evidence import check_section, evidence_section, group_section
from alertmill.reporting.card_governance import (
    monitoring_section,
    review_section,
    sign_off_section,
)
from alertmill.reporting.card_making import (
    data_section,
    identification_section,
    label_section,
    model_section,
    purpose_section,
)
from alertmill.reporting.card_parts import CardSection
from alertmill.reviews import ReviewStanding
from alertmill.runs import Run


class ModelCard(FrozenModel):
    """Everything that the card says, as text: each rendering shows the same."""

    title: str
    about: str = Field(description="Which run and which manifest the card is of.")
    sections: tuple[CardSection, ...]


def model_card(
    run: Run,
    *,
    provenance: Provenance | None = None,
    standing: ReviewStanding | None = None,
    head: LedgerHead | None = None,
) -> ModelCard:
    """Return the model card of a run whose stages have all finished.

    Parameters
    ----------
    run : Run
        Its files are read by the same readers as its reports; nothing is computed again.
    provenance : Provenance, optional
        Code that made the run; not given: this program.
    standing : ReviewStanding, optional
        Findings and approvals; not given: the run is being published, and there can be none.
    head : LedgerHead, optional
        Last entry of the signed ledger when the reviews were read.

    Raises
    ------
    UnfinishedRunError
        If a stage has not finished.
    """
    made_by = collect() if provenance is None else provenance
    p = run.parameters
    sections = (
        identification_section(run, made_by),
        purpose_section(run),
        data_section(run),
        label_section(run),
        model_section(run),
        evidence_section(run),
        group_section(run),
        check_section(run),
        monitoring_section(run),
        review_section(run, standing, head),
        sign_off_section(),
    )
    digest = "" if standing is None else f", manifest {standing.manifest_sha256}"
    return ModelCard(
        title=f"Model card: {run.model.metadata.model_id}",
        about=f"{p.network}, {p.start_date} to {p.end_date}, run {run.run_id}{digest}",
        sections=tuple(
            section.model_copy(update={"title": f"{number}. {section.title}"})
            for number, section in enumerate(sections, 1)
        ),
    )
