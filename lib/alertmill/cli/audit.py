"""Verify runs: files, manifests, signatures, and that nothing is gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alertmill.cli.options import JsonOption, check_run_folder, client_of, print_json
from alertmill.errors import AlertmillError, ConfigurationError
from alertmill.networks import networks_with_runs
from alertmill.settings import Settings
from alertmill.vocabulary import Network

if TYPE_CHECKING:
    from alertmill.audit.buckets import HeadBucket
    from alertmill.audit.heads import KnownHead
    from alertmill.audit.trust import TrustedKeys
    from alertmill.housekeeping.proof import Proof


def verify(
    run_dir: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", help="Folder of a published run.", callback=check_run_folder),
    ] = None,
    *,
    is_all: Annotated[
        bool, typer.Option("--all", help="Verify every run, decision and removal.")
    ] = False,
    keys: Annotated[
        list[Path] | None,
        typer.Option(
            "--key",
            metavar="FILE",
            help="Public key (PEM) to trust, in place of those of this installation. Repeatable.",
        ),
    ] = None,
    heads: Annotated[
        list[str] | None,
        typer.Option(
            "--head",
            metavar="NUMBER:DIGEST",
            help="Entry of the ledger that must be there, as a report prints it. Repeatable.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List what is not as it was signed: files, manifests, entries of the ledger; 1 if anything.

    The ledger is compared with what the databases of the networks remember of it, too.
    """
    from alertmill.housekeeping.proof import prove_run, prove_runs

    if (run_dir is None) is not is_all:
        raise ConfigurationError("name one run folder, or verify everything with --all.")
    settings = Settings()
    runs_dir = settings.alertmill_runs_dir.resolve()
    known, notes = _known_heads(settings, runs_dir, run_dir, heads or [])
    trusted = _trusted(settings, keys or [])
    if run_dir is None:
        proof = prove_runs(runs_dir, trusted, known)
    else:
        proof = prove_run(run_dir.resolve(), trusted, known)
    proof = proof.noting(notes)
    if as_json:
        print_json({"ok": proof.ok, **asdict(proof), "head": proof.head and proof.head.text})
    else:
        _print_proof(proof, run_dir)
    if not proof.ok:
        raise typer.Exit(1)


def _print_proof(proof: Proof, run_dir: Path | None) -> None:
    from alertmill.removals import removal_of

    for deviation in proof.deviations:
        typer.echo(deviation.sentence)
    if proof.ok:
        typer.echo(proof.sentence)
        removal = None if run_dir is None else removal_of(run_dir)
        if removal is not None:
            typer.echo(f"They are what is kept of a removed run. {removal.sentence}")
    if proof.head is not None:
        typer.echo(f"The ledger ends at entry {proof.head.text}.")
    if proof.signers:
        typer.echo(f"Signed by: {', '.join(proof.signers)}.")
    for note in proof.notes:
        typer.echo(f"note: {note}")


def _trusted(settings: Settings, keys: Iterable[Path]) -> TrustedKeys:
    from alertmill.audit.keys import read_public_key
    from alertmill.audit.trust import TrustedKeys, TrustStore

    given = [read_public_key(path) for path in keys]
    if given:
        return TrustedKeys.only(*given, now=datetime.now(UTC))
    return TrustStore.of(settings).read()


def _known_heads(
    settings: Settings, runs_dir: Path, run_dir: Path | None, texts: Iterable[str]
) -> tuple[list[KnownHead], list[str]]:
    """Collect the heads that are kept outside the runs folder, and what could not be asked."""
    from alertmill.audit.heads import KnownHead, LedgerHead, heads_in_file
    from alertmill.housekeeping.proof import RunPlace

    known = [KnownHead(LedgerHead.of_text(text), "whoever asked") for text in texts]
    if settings.alertmill_ledger_head_file is not None:
        known += heads_in_file(settings.alertmill_ledger_head_file)
    if settings.alertmill_ledger_head_url is not None:
        known += HeadBucket(settings.alertmill_ledger_head_url).heads()
    place = None if run_dir is None else RunPlace.of(run_dir.resolve())
    if place is not None and place.runs_dir != runs_dir:
        return known, ["The run lies outside the runs folder; no database was asked about it."]
    notes = []
    for network in networks_with_runs(runs_dir):
        if place is not None and network != place.network:
            continue
        try:
            known += _heads_in_database(settings, network)
        except AlertmillError as error:
            notes.append(f"The database of {network} was not asked: {error}")
    return known, notes


def _heads_in_database(settings: Settings, network: Network) -> list[KnownHead]:
    from alertmill.audit.remembered import remembered_heads

    if settings.clickhouse_host is None and not settings.alertmill_database_dir.is_dir():
        folder = settings.alertmill_database_dir.resolve()
        raise ConfigurationError(f"there is no database in {folder}.")
    with client_of(network) as client:
        return remembered_heads(client, network)
