"""Keys that sign runs: make, list, trust and revoke them, and sign what a crash left unsigned."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from alertmill.cli.options import JsonOption, print_json, print_table
from alertmill.settings import Settings

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
_COLUMNS = ("key", "kind", "trusted since", "revoked")


@app.command("list")
def list_keys(*, as_json: JsonOption = False) -> None:
    """List the keys whose signatures count."""
    from alertmill.audit.trust import TrustStore

    trusted = TrustStore.of(Settings()).read().keys
    if as_json:
        print_json([{"key_id": k.key.key_id, **k.model_dump(mode="json")} for k in trusted])
        return
    if not trusted:
        typer.echo("no key is trusted yet; the first run that is signed makes or names one.")
        return
    print_table(
        _COLUMNS,
        (
            (
                known.key.key_id,
                "development" if known.is_development else "operator's",
                f"{known.since:%Y-%m-%d %H:%M:%S}",
                f"after entry {known.revocation.last_number}: {known.revocation.reason}"
                if known.revocation
                else "",
            )
            for known in trusted
        ),
    )


@app.command("new")
def new_key(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="PEM file to make.")],
    *,
    is_encrypted: Annotated[
        bool, typer.Option("--encrypted", help="Ask for a password that encrypts the file.")
    ] = False,
) -> None:
    """Make a private key in a file that only its owner may read; print the public key."""
    from alertmill.audit.keys import write_new_key

    password = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        if is_encrypted
        else None
    )
    public = write_new_key(path, password=password)
    typer.echo(public.pem, nl=False)
    typer.echo(f"Key {public.key_id}. Set ALERTMILL_SIGNING_KEY={path.resolve()} to sign with it.")


@app.command("trust")
def trust_key(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Public key (PEM).")],
) -> None:
    """Trust a key that signs on another machine."""
    from alertmill.audit.keys import read_public_key
    from alertmill.audit.trust import TrustStore

    key = read_public_key(path)
    is_new = TrustStore.of(Settings()).trust(key, now=datetime.now(UTC))
    typer.echo(f"Key {key.key_id} is trusted{'' if is_new else ' already'}.")


@app.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="Id, as `alertmill keys list`.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    last_number: Annotated[
        int | None,
        typer.Option(
            "--last-entry",
            min=0,
            help="Last entry for which the key counts. Not given: the end of the ledger now.",
        ),
    ] = None,
) -> None:
    """Trust a key no longer; entries up to now, or to the given one, still count."""
    from alertmill.audit.ledger import head_of
    from alertmill.audit.trust import Revocation, TrustStore

    settings = Settings()
    head = head_of(settings.alertmill_runs_dir.resolve())
    last = (head.number if head else 0) if last_number is None else last_number
    revocation = Revocation(at=datetime.now(UTC), reason=reason, last_number=last)
    TrustStore.of(settings).revoke(key_id, revocation)
    typer.echo(f"Key {key_id} counts up to entry {last} and signs nothing any more.")


@app.command("vouch")
def vouch(
    path: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="manifest.json of a run, or record of a decision."),
    ],
) -> None:
    """Sign a file that has no entry, such as that of a run from before runs were signed.

    Look at it first: your name is kept with the entry.
    """
    from alertmill.audit.ledger import SignedLedger
    from alertmill.housekeeping.vouching import vouch_for

    stored = vouch_for(path, SignedLedger.of(Settings()))
    typer.echo(f"Entry {stored.number} vouches for {path}.")
