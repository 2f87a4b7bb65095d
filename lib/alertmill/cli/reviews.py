"""Review a published run: findings, their resolution, and approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from alertmill.cli.options import FinishedRunArgument, JsonOption, client_of, print_json, say
from alertmill.errors import AlertmillError, ConfigurationError
from alertmill.processes import own_user
from alertmill.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from alertmill.reporting.reviewing import ReviewDesk
    from alertmill.reviews import ReviewStanding
    from alertmill.reviews.reading import SignedReview

RoleOption = Annotated[str, typer.Option(help="In which role you speak, such as model validation.")]


def review(  # noqa: PLR0913 - one command for what a reviewer does with findings
    run_dir: FinishedRunArgument,
    *,
    finding: Annotated[str, typer.Option(help="Enter this finding, in a sentence.")] = "",
    severity: Annotated[str, typer.Option(help="Of the finding: low, medium or high.")] = "medium",
    is_blocking: Annotated[
        bool, typer.Option("--blocking", help="Refuse a promotion while the finding is open.")
    ] = False,
    resolve: Annotated[
        str, typer.Option(metavar="KEY", help="Enter that this finding is resolved.")
    ] = "",
    note: Annotated[str, typer.Option(help="By what it is resolved.")] = "",
    role: RoleOption = "",
    as_json: JsonOption = False,
) -> None:
    """List the review of a run: findings, approvals, what is missing; or enter a finding."""
    from alertmill.reporting.reviewing import Statement
    from alertmill.vocabulary import FindingSeverity

    if finding and resolve:
        raise ConfigurationError("enter a finding or resolve one, not both at once.")
    if severity not in list(FindingSeverity):
        raise ConfigurationError(
            f"no severity {severity[:30]!r}; expected one of {', '.join(FindingSeverity)}."
        )
    desk = _desk(run_dir)
    if finding:
        said = Statement(own_user(), role, finding)
        entered = desk.find(said, severity=FindingSeverity(severity), is_blocking=is_blocking)
        _confirm(entered, run_dir)
    elif resolve:
        _confirm(desk.resolve(resolve, Statement(own_user(), role, note)), run_dir)
    standing = desk.standing
    if as_json:
        print_json(_record(standing))
    else:
        _print_standing(standing)


def approve(
    run_dir: FinishedRunArgument,
    *,
    note: Annotated[str, typer.Option(help="Why; it is kept with your name.")],
    role: RoleOption = "",
    is_refusal: Annotated[
        bool, typer.Option("--refuse", help="Refuse the run in place of approving it.")
    ] = False,
) -> None:
    """Approve a run, bound to the digest of its manifest; not by whoever started it."""
    from alertmill.reporting.reviewing import Statement

    desk = _desk(run_dir)
    decide = desk.refuse if is_refusal else desk.approve
    _confirm(decide(Statement(own_user(), role, note)), run_dir)
    typer.echo(desk.standing.sentence)


def _desk(run_dir: Path) -> ReviewDesk:
    from alertmill.audit.ledger import SignedLedger
    from alertmill.reporting.reviewing import ReviewDesk
    from alertmill.reviews import ReviewTerms
    from alertmill.runs import Run

    settings = Settings()
    run_dir = run_dir.resolve()
    signed = SignedLedger.of(settings, run_dir.parents[1])
    return ReviewDesk(Run.open(run_dir), signed, ReviewTerms.of(settings))


def _confirm(entered: SignedReview, run_dir: Path) -> None:
    said = entered.entry
    typer.echo(
        f"Entry {entered.number} of the signed ledger: {said.kind} {said.key} by {said.who}, of "
        f"the manifest {said.manifest_sha256}."
    )
    _remember(run_dir)


def _remember(run_dir: Path) -> None:
    """Copy the entry into the database; where it cannot be opened, the next run does so."""
    from alertmill.audit.ledger import SignedLedger
    from alertmill.audit.remembered import remember_entries
    from alertmill.networks import network_of

    settings = Settings()
    if settings.clickhouse_host is None and not settings.alertmill_database_dir.is_dir():
        return
    run_dir = run_dir.resolve()
    try:
        network = network_of(run_dir.parent.name)
        with client_of(network) as client:
            remember_entries(client, SignedLedger.of(settings, run_dir.parents[1]), network)
    except AlertmillError as error:
        say(f"note: the database does not remember the entry yet: {error}")


def _print_standing(standing: ReviewStanding) -> None:
    for finding in standing.findings:
        said = finding.raised.entry
        blocks = ", blocking" if said.is_blocking else ""
        typer.echo(
            f"finding {said.key} ({said.severity}{blocks}) by {said.who}, "
            f"{said.entered_at:%Y-%m-%d}: {said.text} [{finding.state}]"
        )
    for approval in standing.approvals:
        said = approval.given.entry
        typer.echo(
            f"{said.kind} by {said.who}, {said.entered_at:%Y-%m-%d}: {said.text} [{approval.state}]"
        )
    typer.echo(standing.terms.sentence)
    typer.echo(standing.sentence)


def _record(standing: ReviewStanding) -> dict[str, object]:
    return {
        "run_id": standing.run_id,
        "manifest_sha256": standing.manifest_sha256,
        "findings": [
            {
                "key": finding.raised.entry.key,
                "ledger_entry": finding.raised.number,
                **finding.raised.entry.model_dump(mode="json"),
                "state": finding.state,
            }
            for finding in standing.findings
        ],
        "approvals": [
            {
                "ledger_entry": approval.given.number,
                **approval.given.entry.model_dump(mode="json"),
                "counts": not approval.why_not,
                "why_not": approval.why_not,
            }
            for approval in standing.approvals
        ],
        "n_needed": standing.terms.n_needed,
        "obstacles": list(standing.obstacles),
    }
