"""Last part of a model card: what to watch, who reviewed and approved it, and room to sign."""

from __future__ import annotations

from alertmill.audit.heads import LedgerHead
from alertmill.audit.marks import read_mark
from alertmill.evaluation.check_results import CheckState
from alertmill.evaluation.reports import Evaluation
from alertmill.promotions import verdict_of
from alertmill.reporting.card_parts import CardSection, CardTable, fact_table
from alertmill.reporting.opening import work_sentences
from alertmill.reviews import ReviewStanding
from alertmill.runs import Run
from alertmill.wording import readable

_WATCHED = (
    ("average_precision", "a later value lies outside of the interval"),
    ("precision_at_budget", "a later value lies outside of the interval"),
    ("calibration_bias", "the whole interval of later days lies outside ± {bias:g}"),
)
_PUBLISHED_BEFORE_REVIEW = (
    "This page is a part of the published run, and is signed with it; reviews and approvals come "
    "later. They are entries of the signed ledger, bound to the digest of the manifest: alertmill "
    "review lists them, and alertmill card writes this card with them."
)
_BLANKS = (
    "Model owner",
    "Business unit",
    "Risk tier",
    "Next validation due",
    "Compensating controls",
)
_SIGNERS = ("Model developer", "Model validator", "Model owner")


def monitoring_section(run: Run) -> CardSection:
    """Return what to compare later days with, and what the checks ask to look at."""
    metadata, evaluation = run.model.metadata, run.evaluation
    tables = [_watch_table(evaluation, bias=run.parameters.promotion.calibration_bias)]
    open_tips = [
        (r.code, r.title, r.advice)
        for state in (CheckState.ISSUE, CheckState.TIP)
        for r in run.checks.of_state(state)
        if not r.muted_because
    ]
    if open_tips:
        heads = ("code", "check", "what to do")
        tables.append(
            CardTable(caption="What the checks ask for", heads=heads, rows=tuple(open_tips))
        )
    return CardSection(
        key="monitoring",
        title="What must be watched?",
        asked_by="SR 11-7 V (ongoing monitoring); SS1/23 principles 4 and 5",
        sentences=(
            (
                f"The model was fitted on alerts up to {metadata.training_end}; what changed since "
                "then, it cannot know."
            ),
            work_sentences(run),
        ),
        tables=tuple(tables),
    )


def _watch_table(evaluation: Evaluation, *, bias: float) -> CardTable:
    rows = tuple(
        (readable(name), evaluation.get("model", name).text, reason.format(bias=bias))
        for name, reason in _WATCHED
    )
    heads = ("measure", "on the test, all addresses", "look at the model again when")
    return CardTable(caption="What to compare later days with", heads=heads, rows=rows)


def review_section(
    run: Run, standing: ReviewStanding | None, head: LedgerHead | None
) -> CardSection:
    """Return who reviewed and approved the run, bound to the digest of its manifest."""
    section = CardSection(
        key="reviews",
        title="Who reviewed and approved it?",
        asked_by="SR 11-7 VI (governance, effective challenge); SS1/23 principles 2 and 4",
    )
    if standing is None:
        mark = read_mark(run.path)
        return section.model_copy(
            update={
                "sentences": (
                    _PUBLISHED_BEFORE_REVIEW,
                    *((mark.sentence,) if mark else ()),
                )
            }
        )
    sentences = [standing.sentence, standing.terms.sentence]
    verdict = verdict_of(run)
    if verdict is not None:
        sentences.append(f"{verdict.title}: {verdict.sentence}")
    if head is not None:
        sentences.append(f"As of entry {head.text} of the signed ledger.")
    return section.model_copy(
        update={"sentences": tuple(sentences), "tables": _review_tables(standing)}
    )


def _review_tables(standing: ReviewStanding) -> tuple[CardTable, ...]:
    findings = tuple(
        (
            finding.raised.entry.key,
            (
                f"{finding.raised.entry.severity}"
                f"{', blocking' if finding.raised.entry.is_blocking else ''}"
            ),
            finding.raised.entry.text,
            finding.raised.entry.who,
            f"{finding.raised.entry.entered_at:%Y-%m-%d}",
            finding.state,
            str(finding.raised.number),
        )
        for finding in standing.findings
    )
    approvals = tuple(
        (
            approval.given.entry.who,
            approval.state,
            approval.given.entry.text,
            f"{approval.given.entry.entered_at:%Y-%m-%d %H:%M} UTC",
            approval.given.entry.manifest_sha256,
            str(approval.given.number),
        )
        for approval in standing.approvals
    )
    return (
        CardTable(
            caption="Findings",
            heads=("finding", "severity", "what", "by", "on", "state", "ledger entry"),
            rows=findings,
        ),
        CardTable(
            caption="Approvals",
            heads=("by", "verdict", "note", "at", "manifest approved (sha256)", "ledger entry"),
            rows=approvals,
        ),
    )


def sign_off_section() -> CardSection:
    """Return what no run can know, as blanks to fill in."""
    return CardSection(
        key="sign-off",
        title="To be completed by your organisation",
        asked_by="SR 11-7 VI (roles, inventory); SS1/23 principles 1, 2 and 5",
        sentences=("A run knows none of this; the Word file of this card can be edited.",),
        tables=(
            fact_table("Inventory", [(name, "") for name in _BLANKS]),
            CardTable(
                caption="Signatures",
                heads=("role", "name", "date", "signature"),
                rows=tuple((role, "", "", "") for role in _SIGNERS),
            ),
        ),
    )
