"""Which models are registered, which is the champion, and a person's decision about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alertmill.cli.options import JsonOption, NetworkOption, client_of, print_json, print_table
from alertmill.processes import own_user
from alertmill.removals import removal_of
from alertmill.settings import Settings
from alertmill.vocabulary import Network

if TYPE_CHECKING:
    from alertmill.promotions.registry import PromotionRegistry


def list_models(*, network: NetworkOption = Network.ETHEREUM, as_json: JsonOption = False) -> None:
    """List the registered models, the newest first, with the ids that promote and compare take.

    Metrics are those of each model's own test days: a record and no comparison.
    """
    from alertmill.storage.promotions import fetch_promotions
    from alertmill.storage.registry import fetch_trained_models
    from alertmill.training.registry.registered import one_row_per_model, roles

    with client_of(network) as client:
        models, decisions = fetch_trained_models(client), fetch_promotions(client)
    listed = one_row_per_model(models)
    rows = list(listed.with_columns(role=roles(listed, decisions)).iter_rows(named=True))
    if as_json:
        print_json([{**row, "status": _status(row)} for row in rows])
        return
    if not rows:
        typer.echo(f"no models of {network} are registered; train one first.")
        return
    print_table(_MODEL_COLUMNS, (_describe_model(row) for row in rows))


def list_promotions(
    *, network: NetworkOption = Network.ETHEREUM, as_json: JsonOption = False
) -> None:
    """List every decision about a model, the last first, with who decided and why."""
    from alertmill.storage.promotions import fetch_promotions

    with client_of(network) as client:
        decisions = fetch_promotions(client)
    rows = list(decisions.iter_rows(named=True))
    if as_json:
        print_json([_record_decision(row) for row in rows])
        return
    if not rows:
        typer.echo(f"nothing was decided about models of {network} yet.")
        return
    print_table(_DECISION_COLUMNS, (_describe_decision(row) for row in rows))


def promote(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Id of a registered model.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with your name.")],
    network: NetworkOption = Network.ETHEREUM,
) -> None:
    """Make a model the champion, whatever the checks said; the decision is kept with its reason.

    An open blocking finding about its run, or a missing approval, refuses it.
    """
    with _registry(network) as registry:
        entered = registry.promote(model, actor=own_user(), reason=reason)
    instead = f" in place of {entered.replaced_model_id}" if entered.replaced_model_id else ""
    typer.echo(f"{entered.model_id} is the champion{instead}, decided by {entered.actor}.")


def reject(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Id of a registered model.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with your name.")],
    network: NetworkOption = Network.ETHEREUM,
) -> None:
    """Decide against a model: it is no longer proposed, and no run promotes it."""
    with _registry(network) as registry:
        entered = registry.reject(model, actor=own_user(), reason=reason)
    typer.echo(f"{entered.model_id} is rejected, decided by {entered.actor}.")


@contextmanager
def _registry(network: Network) -> Iterator[PromotionRegistry]:
    from alertmill.audit.ledger import SignedLedger
    from alertmill.audit.remembered import remember_entries
    from alertmill.promotions import PromotionLedger
    from alertmill.promotions.registry import PromotionRegistry
    from alertmill.reviews import ReviewTerms

    settings = Settings()
    signed = SignedLedger.of(settings)
    ledger = PromotionLedger(signed.runs_dir / network)
    with client_of(network) as client:
        yield PromotionRegistry(client, ledger, signed, ReviewTerms.of(settings))
        remember_entries(client, signed, network)


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
    "runs",
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
        _status(row),
        f"{row['window_days']} days",
        f"{row['training_start_date']} to {row['training_end_date']}",
        row["label_strategy"],
        _number(row["test_average_precision"]),
        _number(row["test_auc"]),
        _describe_runs(row["run_ids"]),
    )


def _status(row: Mapping[str, Any]) -> str:
    """Return the status in the registry, or ``removed`` if housekeeping removed the model's run."""
    removal = removal_of(Path(row["model_path"]).parent)
    return str(row["status"]) if removal is None else "removed"


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


def _record_decision(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision with its evidence as JSON, not as a text of JSON."""
    evidence = row["evidence_json"]
    kept = {name: value for name, value in row.items() if name != "evidence_json"}
    return {**kept, "evidence": json.loads(evidence) if evidence else None}


def _describe_runs(run_ids: Sequence[str]) -> str:
    first, *others = run_ids
    return f"{first} and {len(others)} more" if others else first


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
