"""A person's decision on which model is the champion."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from alertmill.cli.options import NetworkOption, client_of
from alertmill.vocabulary import Network


def promote(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Id of a registered model.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with your name.")],
    network: NetworkOption = Network.ETHEREUM,
) -> None:
    """Make a model the champion, whatever the checks said; the decision is kept with its reason."""
    from alertmill.training.promotion import promote as promote_model

    with client_of(network) as client:
        entered = promote_model(client, model, actor=getpass.getuser(), reason=reason)
    instead = f" in place of {entered.replaced_model_id}" if entered.replaced_model_id else ""
    typer.echo(f"{entered.model_id} is the champion{instead}, decided by {entered.actor}.")
