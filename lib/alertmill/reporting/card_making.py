"""First half of a model card: what the model is, for what, and what it was made of."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from alertmill.evaluation.summaries import model_facts
from alertmill.plotting.tables import format_value
from alertmill.promotions import decision_of
from alertmill.provenance import Provenance, describe_code
from alertmill.reporting.card_parts import CardSection, CardTable, fact_table, frame_table
from alertmill.reporting.outcomes import load_outcomes
from alertmill.reporting.summary import describe_labels, describe_model_type, describe_parameters
from alertmill.runs import Run
from alertmill.tables.labels import class_balance
from alertmill.triggers import read_trigger
from alertmill.vocabulary import ModelType
from alertmill.wording import counted, listing, percent

_PURPOSES = {
    ModelType.ALERT_SCORER: "It gives each alert the probability that it is a true one; analysts "
    "review the alerts with the highest scores first.",
    ModelType.ALERT_RANKER: "It orders the alerts of a day; analysts review them in this order.",
    ModelType.CLUSTER_SCORER: "It gives each cluster of alerts the probability that it holds a "
    "true one; analysts review the clusters with the highest scores first.",
}
_NOT_INTENDED = (
    "Not intended: to close an alert or to file or withhold a report without a person, to score "
    "addresses that have no alert, and to score another network, window or alert rule than the "
    "ones it was trained on."
)
_EXPLAINED = (
    "The calibrated score is a probability; the reports of the run explain single scores by what "
    "each feature contributed."
)
_BATCH_HEADS = ("table", "batches", "not replaced", "sources", "rows", "last loaded")
_SELECTION = (
    "Labels come from reviewed alerts, which are no random sample of all alerts: every number "
    "below describes alerts like the reviewed ones."
)


def identification_section(run: Run, provenance: Provenance) -> CardSection:
    """Return which model this is, who made it, and what was decided about it."""
    metadata, trigger, decision = run.model.metadata, read_trigger(run.path), decision_of(run)
    facts = [
        ("model", metadata.model_id),
        ("version", run.registration.version),
        ("type", describe_model_type(run.parameters)),
        ("run", run.run_id),
        ("started by", trigger.sentence if trigger else "not recorded"),
        ("code", describe_code(provenance)),
        ("reports", _reports_text(run)),
        ("decision of the run", decision.sentence if decision else "none was made"),
    ]
    return CardSection(
        key="identification",
        title="Which model is this?",
        asked_by="SR 11-7 VI (inventory, documentation); SS1/23 principle 1",
        sentences=(decision.advice,) if decision else (),
        tables=(fact_table("Identification", facts),),
    )


def _reports_text(run: Run) -> str:
    outcomes = load_outcomes(run)
    failed = [outcome.template for outcome in outcomes if not outcome.is_ok]
    if not failed:
        return f"{len(outcomes)} complete"
    return f"{len(failed)} of {len(outcomes)} failed: {', '.join(failed)}"


def purpose_section(run: Run) -> CardSection:
    """Return what the model is for, and the limits of its use."""
    p = run.parameters
    return CardSection(
        key="purpose",
        title="What is it for, and what are its limits?",
        asked_by="SR 11-7 IV (purpose, use, limitations); SS1/23 principles 1 and 3",
        sentences=(
            (
                f"{_PURPOSES[p.model_type]} The team reviews {counted(p.review_budget, 'alert')} a "
                "day."
            ),
            _NOT_INTENDED,
            *_limits(run),
        ),
    )


def _limits(run: Run) -> Iterator[str]:
    yield _SELECTION
    sizes = {size.split: size for size in run.evaluation.populations}
    whole, new = sizes.get("test_all"), sizes.get("test_new")
    if whole is not None:
        share = whole.n_labelled / whole.n_alerts if whole.n_alerts else None
        yield (
            f"{whole.n_labelled:,} of {counted(whole.n_alerts, 'test alert')} are labelled "
            f"({percent(share)}); what the others are is not known."
        )
    if new is not None:
        yield (
            f"The test holds {counted(new.n_addresses, 'address')} without an earlier alert, "
            f"{new.n_positive_addresses:,} of them confirmed; they are measured apart."
        )
    overruled = run.parameters.leak_screen.overruled
    for name, reason in overruled.items():
        yield f"The leak screen objected to the feature {name} and was overruled: {reason}"


def data_section(run: Run) -> CardSection:
    """Return which data the run took, and how it was divided over time."""
    queries = run.queries
    rows = tuple((query.name, f"{query.n_rows:,}", query.content_hash) for query in queries)
    return CardSection(
        key="data",
        title="Which data was it made of?",
        asked_by="SR 11-7 IV (data quality and relevance); SS1/23 principle 3",
        sentences=(
            _batches_text(run.batches),
            _set_aside_text(run.set_aside),
            _refused_text(run.refused),
        ),
        tables=(
            frame_table(
                "Ranges; the embargo lies before the validation, and again before the test",
                class_balance(run.targets).select(
                    "split", "first_day", "last_day", "n_alerts", "n_addresses"
                ),
                ("range", "first day", "last day", "alerts", "addresses"),
            ),
            frame_table("Batches that the rows come from", _batch_rows(run.batches), _BATCH_HEADS),
            CardTable(
                caption="What the database answered",
                heads=("query", "rows", "hash of the answer"),
                rows=rows,
            ),
        ),
    )


def _batches_text(batches: pl.DataFrame) -> str:
    if batches.is_empty():
        return "The run names no batch of its rows: another system fills the database."
    return (
        f"The rows come from {counted(batches.height, 'batch')}; data/batches.parquet of the run "
        "names the file of each with its sha256."
    )


def _batch_rows(batches: pl.DataFrame) -> pl.DataFrame:
    """Count the batches of each table; rows are those of the batches that were not replaced."""
    return batches.group_by("table", maintain_order=True).agg(
        n_batches=pl.len().cast(pl.Int64),
        n_current=pl.col("is_current").sum().cast(pl.Int64),
        n_sources=pl.col("source_uri").n_unique().cast(pl.Int64),
        n_rows=pl.col("rows").filter(pl.col("is_current")).sum().cast(pl.Int64),
        last_loaded=pl.col("finished_at").max().dt.date(),
    )


def _set_aside_text(set_aside: pl.DataFrame) -> str:
    n = int(set_aside["n_rows"].sum())
    if not n:
        return "No row of a loaded file was set aside."
    reasons = set_aside["reason"].unique(maintain_order=True).to_list()
    were = "was" if n == 1 else "were"
    return f"{counted(n, 'row')} of loaded files {were} set aside: {listing(reasons)}."


def _refused_text(refused: pl.DataFrame) -> str:
    if refused.is_empty():
        return "No value of a feature was refused."
    n = int(refused["n_alerts"].sum())
    names = refused["feature"].unique(maintain_order=True).to_list()
    were = "was refused and counts" if n == 1 else "were refused and count"
    return f"{counted(n, 'value')} outside the declared range {were} as missing: {listing(names)}."


def label_section(run: Run) -> CardSection:
    """Return what counts as a true alert, and how many labels there are."""
    balance = class_balance(run.targets)
    return CardSection(
        key="labels",
        title="What counts as a true alert?",
        asked_by="SR 11-7 IV (data, assumptions); SS1/23 principle 3",
        sentences=(f"Labels: {describe_labels(run.parameters)}.",),
        tables=(
            frame_table(
                "Labels of each range",
                balance.select(
                    "split",
                    "n_confirmed",
                    "n_cleared",
                    "n_unlabelled",
                    "labelled_share",
                    "confirmed_share",
                    "confirmed_addresses",
                ),
                (
                    "range",
                    "confirmed",
                    "cleared",
                    "unlabelled",
                    "labelled (%)",
                    "confirmed of labelled (%)",
                    "confirmed addresses",
                ),
            ),
        ),
    )


def model_section(run: Run) -> CardSection:
    """Return how the model was made."""
    facts = model_facts(run.model).rows()
    chosen = run.model.metadata.hyperparameters.model_dump()
    return CardSection(
        key="model",
        title="How was it made?",
        asked_by="SR 11-7 IV (design, theory, development testing); SS1/23 principle 3",
        sentences=(_EXPLAINED,),
        tables=(
            fact_table("Model", facts),
            fact_table(
                "Hyperparameters",
                [(name.replace("_", " "), format_value(value)) for name, value in chosen.items()],
            ),
            fact_table("Parameters of the run", describe_parameters(run)),
        ),
    )
