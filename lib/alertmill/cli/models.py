"""Which models are tracked, which is the champion, and a person's decision about it."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from alertmill.cli.options import NetworkOption, client_of, print_table
from alertmill.vocabulary import Network


def list_models(*, network: NetworkOption = Network.ETHEREUM) -> None:
    """List the tracked models, the newest first, with the ids that promote and compare take.

    Metrics are those of each model's own test days: a record and no comparison.
    """
    from alertmill.storage.registry import fetch_trained_models
    from alertmill.training.tracked import roles

    with client_of(network) as client:
        models = fetch_trained_models(client)
    if models.is_empty():
        typer.echo(f"no models of {network.value} are tracked; train one first.")
        return
    rows = models.with_columns(role=roles(models)).iter_rows(named=True)
    print_table(_MODEL_COLUMNS, (_describe_model(row) for row in rows))


def list_promotions(*, network: NetworkOption = Network.ETHEREUM) -> None:
    """List every decision about the champion, the last first, with who decided and why."""
    from alertmill.storage.promotions import fetch_promotions

    with client_of(network) as client:
        decisions = fetch_promotions(client)
    if decisions.is_empty():
        typer.echo(f"nothing was decided about models of {network.value} yet.")
        return
    rows = decisions.iter_rows(named=True)
    print_table(_DECISION_COLUMNS, (_describe_decision(row) for row in rows))


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


_MODEL_COLUMNS = (
    "model",
    "version",
    "role",
    "status",
    "window",
    "fitted on",
    "labels",
    "average precision",
    "ROC AUC",
    "run",
)
_DECISION_COLUMNS = (
    "decided at",
    "model",
    "decision",
    "in place of",
    "by",
    "window",
    "run",
    "reason",
)


def _describe_model(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["model_id"],
        row["version"],
        row["role"],
        row["status"],
        f"{row['window_days']} days",
        f"{row['training_start_date']} to {row['training_end_date']}",
        row["label_strategy"],
        _number(row["test_average_precision"]),
        _number(row["test_auc"]),
        row["run_id"],
    )


def _describe_decision(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"{row['decided_at']:%Y-%m-%d %H:%M:%S}",
        row["model_id"],
        row["decision"],
        row["replaced_model_id"] or "nobody",
        row["actor"],
        f"{row['window_days']} days",
        row["run_id"],
        row["reason"],
    )


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
