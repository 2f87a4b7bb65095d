"""Remove old runs, and make a lost database again from the run folders."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from alertmill.cli.generated import options_of, overlay, with_options
from alertmill.cli.options import NetworkOption, client_of, print_table
from alertmill.networks import networks_with_runs
from alertmill.parameters import HousekeepingParameters
from alertmill.processes import own_user
from alertmill.settings import Settings
from alertmill.vocabulary import Network
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.housekeeping.protection import ModelDecision
    from alertmill.housekeeping.rebuild import RebuildReport

_OPTIONS = tuple(options_of(HousekeepingParameters, {}))
_ITEM_COLUMNS = ("table", "run or entry", "outcome", "why")


@with_options(_OPTIONS)
def collect_garbage(context: typer.Context, **given: object) -> None:
    """Remove runs beyond their limits of age and number, except those that must stay.

    Kept are the champion's run, proposed models, runs at work and the newest finished run. The
    manifest and the registered rows of a finished run stay, with a record of its removal.
    """
    from alertmill.audit.ledger import SignedLedger
    from alertmill.housekeeping.removing import Remover
    from alertmill.housekeeping.tidying import fate_rows, tidy

    parameters = HousekeepingParameters.model_validate(overlay({}, _OPTIONS, context, given))
    runs_dir = Settings().alertmill_runs_dir.resolve()
    remover = Remover(own_user(), datetime.now(UTC), SignedLedger.of(Settings()))
    decisions = {str(network): _decisions(network) for network in networks_with_runs(runs_dir)}
    report = tidy(runs_dir, parameters, remover=remover, decisions=decisions)
    rows = fate_rows(report.fates)
    if rows:
        print_table(tuple(rows[0]), (tuple(row.values()) for row in rows))
    typer.echo(report.sentence)


def _decisions(network: Network) -> list[ModelDecision]:
    from alertmill.housekeeping.protection import decisions_of_table
    from alertmill.storage.promotions import fetch_promotions

    with client_of(network) as client:
        return decisions_of_table(fetch_promotions(client))


def rebuild(*, network: NetworkOption = Network.ETHEREUM) -> None:
    """Enter models, metrics, decisions and ledger entries that the database lacks, from the runs.

    Changes nothing that is there. Exit code 1 if something needs a person: a folder that is not as
    its manifest says, or a database that differs from the folders.
    """
    from alertmill.audit.ledger import SignedLedger
    from alertmill.audit.remembered import remember_entries
    from alertmill.housekeeping.rebuild import rebuild as rebuild_tables

    folder = Settings().alertmill_runs_dir.resolve() / network
    with client_of(network) as client:
        report = rebuild_tables(client, folder)
        _print_rebuilt(report)
        n_entries = remember_entries(client, SignedLedger.of(Settings()), network)
    if n_entries:
        typer.echo(f"Remembered: {counted(n_entries, 'entry')} of the signed ledger.")
    if report.needs_a_person:
        raise typer.Exit(1)


def _print_rebuilt(report: RebuildReport) -> None:
    from alertmill.housekeeping.restoring import Outcome

    shown = [item for item in report.items if item.outcome is not Outcome.THERE]
    if shown:
        print_table(_ITEM_COLUMNS, ((i.table, i.name, i.outcome.value, i.reason) for i in shown))
    typer.echo(report.sentence)
