"""Load transfers and labels, and derive the daily snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alertmill.cli.file_options import (
    TRANSFER_CHOICES,
    ColumnsOption,
    MaxRowsOption,
    NothingOption,
    SetAsideOption,
    SetAsideShareOption,
    TimeUnitOption,
    TransferChoices,
    label_options,
    row_policy,
)
from alertmill.cli.generated import options_of, overlay, with_options
from alertmill.cli.options import (
    DifficultyOption,
    EndOption,
    NetworkOption,
    SeedOption,
    SizeOption,
    StartOption,
    WindowOption,
    check_room_for_engine,
    client_of,
    date_range,
    print_table,
    progress_bar,
    say,
)
from alertmill.errors import SnapshotFolderError
from alertmill.errors.snapshots import place
from alertmill.parameters import IngestionParameters, TrainingParameters
from alertmill.vocabulary import Difficulty, Network, WorldSize

if TYPE_CHECKING:
    from alertmill.snapshots.deliveries import DeliveryReport
    from alertmill.snapshots.derivation import DerivedSnapshot
    from alertmill.snapshots.folders import IngestReport
    from alertmill.snapshots.transfers_file import ReadFile
    from alertmill.storage import Client
    from alertmill.storage.ledger import Delivery

_SNAPSHOT_OPTIONS = tuple(
    option
    for option in options_of(IngestionParameters, {})
    if option.path not in {("network",), ("url",)}
)
app = typer.Typer(name="ingest", help=__doc__, no_args_is_help=True, add_completion=False)


@app.command("transfers")
@with_options(TRANSFER_CHOICES)
def ingest_transfers(  # noqa: PLR0913 - every option of the command is a parameter
    file: Annotated[
        str,
        typer.Argument(
            help="Transfers: a parquet, Arrow, CSV or CSV.gz file, a folder of part files, or a "
            "pattern in quotes."
        ),
    ],
    *,
    labels: Annotated[str, typer.Option(help="Address labels: a file, folder or pattern.")],
    network: NetworkOption,
    start_date: StartOption,
    end_date: EndOption,
    window_days: WindowOption = 7,
    label_columns: ColumnsOption = None,
    label_time_unit: TimeUnitOption = None,
    set_aside: SetAsideOption = None,
    max_set_aside_share: SetAsideShareOption = 0.01,
    max_rows: MaxRowsOption = 20_000_000,
    replace_with_nothing: NothingOption = False,
    **given: Any,  # noqa: ANN401 - the fields of TransferChoices
) -> None:
    """Load transfers and labels from files, and derive the daily snapshots.

    Loading the same files again changes nothing, and a changed file replaces what was loaded of it;
    files of other names or folders add to it. Deriving again replaces the snapshots. `alertmill
    inspect FILE` says beforehand what fits.
    """
    from alertmill.snapshots.files.coverage import check_coverage, check_labels
    from alertmill.snapshots.files.sums import check_sums_of_windows
    from alertmill.snapshots.label_matches import fetch_label_match
    from alertmill.snapshots.loading import load_labels, load_transfers
    from alertmill.snapshots.transfers_file import read_labels, read_transfers

    check_room_for_engine()
    dates = date_range(start_date, end_date)
    policy = row_policy(
        set_aside=set_aside or (), max_set_aside_share=max_set_aside_share, max_rows=max_rows
    )
    of_labels = label_options(policy, columns=label_columns, time_unit=label_time_unit)
    of_transfers = TransferChoices(**given).options(policy)
    transfers = read_transfers(file, network=network, options=of_transfers)
    address_labels = read_labels(labels, network=network, options=of_labels)
    if not replace_with_nothing:
        check_coverage(transfers.rows, path=file, dates=dates, window_days=window_days)
        check_labels(address_labels.rows, path=labels)
    check_sums_of_windows(transfers.rows, path=file, dates=dates, window_days=window_days)
    for read in (transfers, address_labels):
        _tell_remarks(read)
    with client_of(network) as client:
        load_transfers(
            client, transfers.rows, _delivery_of(transfers, network), set_aside=transfers.set_aside
        )
        load_labels(
            client,
            address_labels.rows,
            _delivery_of(address_labels, network),
            set_aside=address_labels.set_aside,
        )
        _derive(client, network, dates, window_days)
        match = fetch_label_match(client, network)
    say(str(match), style="yellow" if match.is_low else None)
    n_transfers, n_labels = transfers.rows.height, address_labels.rows.height
    say(f"{n_transfers:,} transfers and {n_labels:,} labels are in the database.")


def _tell_remarks(read: ReadFile) -> None:
    from alertmill.snapshots.files.set_aside import describe

    for remark in read.remarks:
        say(f"{place(read.source.name)}: {remark}.")
    if read.set_aside.height:
        say(
            f"Warning: {place(read.source.name)}: {_are_set_aside(read.set_aside.height)} "
            f"({describe(read.set_aside)}); the table set_aside_rows lists them.",
            style="yellow",
        )


def _are_set_aside(n: int) -> str:
    return "1 row is set aside" if n == 1 else f"{n:,} rows are set aside"


def _delivery_of(read: ReadFile, network: Network) -> Delivery:
    """Name a file by its whole path: files of several folders often have the same name."""
    from alertmill.storage.ledger import Delivery

    return Delivery(network, read.source.name, read.source.sha256)


@app.command("snapshots")
@with_options(_SNAPSHOT_OPTIONS)
def ingest_snapshots(
    context: typer.Context,
    path_or_url: Annotated[
        str,
        typer.Argument(
            help="Snapshot folder, or one with many below it; a path, or a file:// or s3:// URL."
        ),
    ],
    *,
    network: NetworkOption,
    ground_truth: Annotated[
        bool,
        typer.Option(
            "--ground-truth",
            help="Load ground_truth.parquet, the planted patterns, as the simulator loads its own; "
            "no feature or label reads it.",
        ),
    ] = False,
    **given: object,
) -> None:
    """Load snapshot folders as the upstream system delivers them, risk data or transfers.

    Folders that are loaded already are skipped; a changed one replaces what was loaded of it. One
    that is refused stops none of the others; the command then ends with exit code 2.
    """
    from alertmill.settings import Settings
    from alertmill.snapshots.folders import ingest_folders
    from alertmill.snapshots.folders.expectations import record_deliveries
    from alertmill.snapshots.folders.places import place_of

    check_room_for_engine()
    asked = {"network": network, "url": path_or_url}
    parameters = IngestionParameters.model_validate(
        overlay(asked, _SNAPSHOT_OPTIONS, context, given)
    )
    now = datetime.now(UTC)
    with client_of(network) as client, progress_bar("loading snapshots") as report_progress:
        ingested = ingest_folders(
            client,
            path_or_url,
            network=network,
            now=now,
            labels=parameters.labels,
            constant_price_usd=parameters.constant_price_usd,
            with_ground_truth=ground_truth,
            settle=parameters.settle,
            progress=report_progress,
        )
    deliveries = record_deliveries(
        ingested,
        parameters,
        at=now,
        checked_at=now,
        runs_dir=Settings().alertmill_runs_dir.resolve(),
    )
    _report(ingested, deliveries)
    if not ingested.folders and not deliveries.needs_attention:
        raise SnapshotFolderError.nothing_found(place_of(path_or_url), network, [])
    deliveries.raise_failures()


def _report(ingested: IngestReport, deliveries: DeliveryReport) -> None:
    """Print the table, whole errors of what was refused, and what became of the labels."""
    from alertmill.snapshots.folders.table import COLUMNS, delivery_rows

    rows = delivery_rows(ingested, deliveries)
    if rows:
        print_table(COLUMNS, [[row[name] for name in COLUMNS] for row in rows])
    for folder in ingested.refused:
        say(folder.detail, style="red")
    for labels in ingested.labels:
        news = f"{labels.n_new:,} new, {labels.n_revoked:,} revoked"
        what = news if labels.is_new else "already there"
        say(f"labels of {place(labels.place)}: {what}")
    if ingested.dispositions is not None:
        say(f"dispositions: {ingested.dispositions.sentence}")
    say(deliveries.summary_without_failures)


@app.command("dispositions")
def ingest_dispositions(
    file: Annotated[
        str,
        typer.Argument(
            help="Decisions about alerts: a parquet, Arrow, CSV or CSV.gz file, a folder of part "
            "files, or a pattern in quotes."
        ),
    ],
    *,
    network: NetworkOption,
    window_days: WindowOption = 7,
) -> None:
    """Load what reviewers decided about alerts: confirmed, dismissed or reopened.

    Decisions add to a history: a later one of the same alert corrects it, and both are kept. The
    same file again changes nothing. Without a column known_at they are known since now.
    """
    from alertmill.snapshots.dispositions import load_dispositions, read_dispositions

    check_room_for_engine()
    read = read_dispositions(file, network=network, window_days=window_days, now=datetime.now(UTC))
    for remark in read.remarks:
        say(f"{place(read.name)}: {remark}.")
    with client_of(network) as client:
        loaded = load_dispositions(client, read)
    say(loaded.sentence)


@app.command("simulation")
def ingest_simulation(
    *,
    size: SizeOption = WorldSize.DEMO,
    difficulty: DifficultyOption = Difficulty.STANDARD,
    seed: SeedOption = 7,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Do nothing when the database holds alerts.")
    ] = False,
) -> None:
    """Simulate transfers and labels with planted laundering, and derive the daily snapshots."""
    simulate_world(size, difficulty, seed, if_empty=if_empty)


def simulate_world(
    size: WorldSize, difficulty: Difficulty, seed: int, *, if_empty: bool
) -> TrainingParameters:
    """Fill the database from the simulator, and give the parameters to train on all of it."""
    from alertmill.simulator import WorldParameters
    from alertmill.snapshots.simulated import load_simulated_world

    check_room_for_engine()
    world_parameters = WorldParameters.preset(size.value, seed=seed, difficulty=difficulty)
    network, window_days = world_parameters.network, world_parameters.window_days
    dates = world_parameters.first_snapshot, world_parameters.last_snapshot
    with client_of(network) as client:
        if not (if_empty and _holds_alerts(client)):
            with progress_bar("deriving snapshots") as report:
                _tell_derived(load_simulated_world(client, size, world_parameters, progress=report))
    return TrainingParameters(
        network=network, start_date=dates[0], end_date=dates[1], window_days=window_days
    )


def _holds_alerts(client: Client) -> bool:
    from alertmill.storage import fetch

    return bool(fetch(client, "SELECT count() > 0 AS holds FROM raw_alerts")["holds"][0])


def _derive(client: Client, network: Network, dates: tuple[date, date], window_days: int) -> None:
    from alertmill.snapshots.derivation import derive_snapshots

    with progress_bar("deriving snapshots") as report:
        derived = derive_snapshots(
            client,
            network=network,
            start_date=dates[0],
            end_date=dates[1],
            window_days=window_days,
            progress=report,
        )
    _tell_derived(derived)


def _tell_derived(derived: Sequence[DerivedSnapshot]) -> None:
    n_alerts = sum(snapshot.n_alerts for snapshot in derived)
    say(f"{len(derived)} snapshots derived, {n_alerts:,} alerts.")
