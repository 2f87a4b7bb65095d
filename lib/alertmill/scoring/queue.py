"""What the report of a scoring run shows: tables and sentences about its latest day."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from alertmill.scoring.days import CHANGE_DAYS
from alertmill.scoring.folder import DayRecord, ScoringRun
from alertmill.scoring.missed import missed_of
from alertmill.scoring.reasons import CHANGE, REASON
from alertmill.vocabulary import ModelType
from alertmill.wording import counted, plural

_IN_QUEUE, _DRAWN, _CLOSED = "in the review queue", "drawn below it", "closed unseen"


def unit_of(run: ScoringRun) -> str:
    """Return what a row of the run is: an alert or a cluster."""
    return "cluster" if run.parameters.model_type is ModelType.CLUSTER_SCORER else "alert"


def summary_table(run: ScoringRun) -> pl.DataFrame:
    """Return what the report rests on: what, value."""
    p, day = run.parameters, run.latest_day
    rows = [
        ("scoring run", run.run_id),
        ("network", p.network),
        ("processing date", str(day.day)),
        ("window", counted(p.window_days, "day")),
        ("model", f"{day.model_id}, version {day.model_version}, of run {day.model_run_id}"),
        ("model type", p.model_type.value),
        ("snapshot", day.snapshot_batch_id or "kept by another system"),
        ("digest of what was scored", day.snapshot_digest),
        ("sample below the queue", f"{100 * p.sample_share:g} %, seed {p.seed}"),
    ]
    return pl.DataFrame(rows, schema=["what", "value"], orient="row")


def work_sentence(day: DayRecord, unit: str) -> str:
    """Return how much there is to review, and how much is closed unseen.

    Parameters
    ----------
    day : DayRecord
        The day that is reported.
    unit : str
        What a row is.
    """
    again = ", again," if day.is_again else ""
    if not day.n_scored:
        return f"{day.day} has no {unit}s that were scored: there is nothing to review."
    n_closed = day.n_scored - day.n_in_queue - day.n_sampled
    were = "was" if day.n_scored == 1 else "were"
    return (
        f"{counted(day.n_scored, unit)} of {day.day} {were}{again} scored: {day.n_in_queue:,} in "
        f"the review queue, {day.n_sampled:,} drawn for review below it, {n_closed:,} closed "
        "unseen."
    )


def novelty_sentence(scores: pl.DataFrame, unit: str) -> str:
    """Return how many rows of the queue are at addresses that were scored before.

    Parameters
    ----------
    scores : DataFrame
        Rows of a day with is_in_queue, day_rank and change_json.
    unit : str
        What a row is.
    """
    queue = scores.filter("is_in_queue")
    if queue.is_empty():
        return "The queue is empty."
    n, n_new = queue.height, queue["change_json"].null_count()
    before = f"scored in the {CHANGE_DAYS} days before"
    if n_new == n:
        every = f"The address of the one {unit}" if n == 1 else f"No address of {_a(unit)}"
        return f"{every} in the queue {'was not' if n == 1 else 'was'} {before}."
    rise = _rise_clause(_with_change(queue.filter(pl.col("change_json").is_not_null())))
    if not n_new:
        every = f"The address of the one {unit}" if n == 1 else f"Every address of {_a(unit)}"
        return f"{every} in the queue was {before}; {rise}."
    whose = "its address was" if n_new == 1 else "their addresses were"
    n_known = n - n_new
    return (
        f"{n_new:,} of the {counted(n, unit)} in the queue {_are(n_new)} new: {whose} not "
        f"{before}. "
        f"{n_known:,} {_are(n_known)} repeated; {rise}."
    )


def _rise_clause(repeated: pl.DataFrame) -> str:
    n_risen = repeated.filter(pl.col("score") > pl.col("score_before")).height
    if repeated.height == 1:
        return "its score rose since" if n_risen else "its score did not rise since"
    return f"{n_risen:,} of {repeated.height:,} scores rose since"


def _a(unit: str) -> str:
    return f"an {unit}" if unit[0] in "aeiou" else f"a {unit}"


def cut_sentence(scores: pl.DataFrame, unit: str) -> str:
    """Return at which score the queue ends, and whether the score alone decided its last place.

    Parameters
    ----------
    scores : DataFrame
        Rows of a day with is_in_queue and score.
    unit : str
        What a row is.
    """
    queue, below = scores.filter("is_in_queue"), scores.filter(~pl.col("is_in_queue"))
    if queue.is_empty():
        return "There is no cut."
    if below.is_empty():
        return f"Every {unit} of the day is in the queue, so nothing is cut."
    cut = queue.select(pl.col("score").min()).item()
    n_tied = below.filter(pl.col("score") == cut).height
    if not n_tied:
        return f"The queue ends at a score of {cut:.3f}; every {unit} below it scores lower."
    have = "has" if n_tied == 1 else "have"
    return (
        f"The queue ends at a score of {cut:.3f}. {counted(n_tied, unit)} below it {have} the same "
        "score: the score before calibration, then the address and the id decided the order."
    )


def queue_table(scores: pl.DataFrame) -> pl.DataFrame:
    """Return the review queue with its reasons, by rank.

    Returns
    -------
    DataFrame
        Columns rank, score, why (reasons, those that raise the score with a plus, the strongest
        first), address, typology, last scored (day and score, or "never") and alert.
    """
    return _described(scores.filter("is_in_queue"))


def sample_table(scores: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that are drawn for review below the queue, by rank.

    Returns
    -------
    DataFrame
        As `queue_table`.
    """
    return _described(scores.filter("is_sampled"))


def change_table(scores: pl.DataFrame) -> pl.DataFrame:
    """Return what is new in the repeated rows of the queue, the largest rise first.

    Returns
    -------
    DataFrame
        Columns rank, address, score, before, last scored, new reasons and gone reasons (features).
    """
    changed = _with_change(scores.filter("is_in_queue", pl.col("change_json").is_not_null()))
    return changed.sort(pl.col("score") - pl.col("score_before"), descending=True).select(
        rank="day_rank",
        address="address",
        score="score",
        before="score_before",
        **{
            "last scored": pl.col("since"),
            "new reasons": pl.col("new_reasons").list.join(", "),
            "gone reasons": pl.col("gone_reasons").list.join(", "),
        },
    )


def typology_table(scores: pl.DataFrame) -> pl.DataFrame:
    """Return how the day and its queue divide into typologies.

    Returns
    -------
    DataFrame
        Columns typology, scored, in the queue, drawn below it and queue_share (of the typology);
        the most frequent in the queue first.
    """
    counts = scores.group_by(typology="typology_type").agg(
        pl.len().alias("scored"),
        pl.col("is_in_queue").sum().alias("in the queue"),
        pl.col("is_sampled").sum().alias("drawn below it"),
        queue_share=pl.col("is_in_queue").mean(),
    )
    return counts.sort("in the queue", "scored", "typology", descending=[True, True, False])


def place_counts(scores: pl.DataFrame) -> pl.DataFrame:
    """Return the scores of a day with what becomes of each row.

    Returns
    -------
    DataFrame
        Columns score and place: in the review queue, drawn below it, or closed unseen.
    """
    place = (
        pl.when("is_in_queue")
        .then(pl.lit(_IN_QUEUE))
        .when("is_sampled")
        .then(pl.lit(_DRAWN))
        .otherwise(pl.lit(_CLOSED))
    )
    return scores.select("score", place=place)


def missed_sentence(run: ScoringRun) -> str:
    """Return how many true alerts lie below the queue, by what was decided in the past."""
    return missed_of(run).sentence


def unseen_sentence(day: DayRecord) -> str:
    """Return which categories and values of the day the model has never seen."""
    return f"{_categories_sentence(day)} {_ranges_sentence(day)}"


def _categories_sentence(day: DayRecord) -> str:
    n = len(day.unknown)
    if not n:
        return "The model knows every category of the day."
    verb, pronoun = ("was", "it counts") if n == 1 else ("were", "they count")
    return (
        f"{n:,} {plural(n, 'category')} {verb} not among those of the training; {pronoun} as "
        "missing."
    )


def _ranges_sentence(day: DayRecord) -> str:
    if day.outside is None:
        return (
            "Whether numbers lie outside of the training could not be compared: the training run "
            f"{day.model_run_id} no longer holds its features."
        )
    n = len(day.outside)
    if not n:
        return "No number lies outside of what the model has seen in training."
    have = "has" if n == 1 else "have"
    return (
        f"{counted(n, 'feature')} {have} numbers outside of what the model has seen in training; "
        "it scores them like the nearest that it has seen."
    )


def unknown_table(day: DayRecord) -> pl.DataFrame:
    """Return the categories that the model does not know: feature, category, alerts."""
    rows = [(one.feature, one.category, one.n_alerts) for one in day.unknown]
    schema = {"feature": pl.String, "category": pl.String, "alerts": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def outside_table(day: DayRecord) -> pl.DataFrame:
    """Return the features with numbers outside of the training.

    Returns
    -------
    DataFrame
        Columns feature, alerts, training (lowest to highest) and this day.
    """
    rows = [
        (
            one.feature,
            one.n_alerts,
            _span(one.trained_low, one.trained_high),
            _span(one.day_low, one.day_high),
        )
        for one in day.outside or ()
    ]
    schema = {
        "feature": pl.String,
        "alerts": pl.Int64,
        "in training": pl.String,
        "on this day": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def coverage_sentence(day: DayRecord) -> str:
    """Return whether every alert of the snapshot was scored, and why not."""
    if not day.n_alerts:
        return f"The snapshot of {day.day} holds no alerts."
    if not day.n_unscored:
        only = day.n_alerts == 1
        return (
            f"The one alert of the snapshot of {day.day} was scored."
            if only
            else f"All {day.n_alerts:,} alerts of the snapshot of {day.day} were scored."
        )
    have = "has" if day.n_unscored == 1 else "have"
    return (
        f"{day.n_unscored:,} of {counted(day.n_alerts, 'alert')} of the snapshot of {day.day} "
        f"{have} no score: {day.unscored_because}."
    )


def coverage_table(day: DayRecord) -> pl.DataFrame:
    """Return what could not be scored, or was scored on less than everything.

    Returns
    -------
    DataFrame
        Columns what and alerts.
    """
    rows: list[tuple[str, int]] = [
        ("alerts of the snapshot", day.n_alerts),
        ("scored", day.n_scored),
        ("without a score", day.n_unscored),
        ("without features of their address", day.n_without_features),
        *((f"{one.feature} counts as missing: {one.reason}", one.n_alerts) for one in day.refused),
    ]
    return pl.DataFrame(rows, schema={"what": pl.String, "alerts": pl.Int64}, orient="row")


def days_table(days: Sequence[DayRecord]) -> pl.DataFrame:
    """Return every day of the run: day, alerts, scored, in the queue, drawn below it, again."""
    rows = [
        (one.day, one.n_alerts, one.n_scored, one.n_in_queue, one.n_sampled, one.is_again)
        for one in days
    ]
    schema = {
        "day": pl.Date,
        "alerts": pl.Int64,
        "scored": pl.Int64,
        "in the queue": pl.Int64,
        "drawn below it": pl.Int64,
        "scored before": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _described(rows: pl.DataFrame) -> pl.DataFrame:
    reasons = pl.col("reasons_json").str.json_decode(pl.List(REASON))
    told = _with_change(rows.sort("day_rank")).with_columns(reasons=reasons)
    before = pl.format("{}, {}", "since", pl.col("score_before").round(3))
    is_first = pl.col("since").is_null()
    return told.select(
        rank="day_rank",
        score="score",
        why=_signed_sentences(),
        address="address",
        typology="typology_type",
        **{"last scored": pl.when(is_first).then(pl.lit("never")).otherwise(before)},
        alert="alert_id",
    )


def _signed_sentences() -> pl.Expr:
    sign = pl.when(pl.element().struct.field("contribution") > 0).then(pl.lit("+ "))
    signed = sign.otherwise(pl.lit("\u2212 ")) + pl.element().struct.field("sentence")
    return pl.col("reasons").list.eval(signed).list.join("; ")


def _with_change(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(change=pl.col("change_json").str.json_decode(CHANGE)).unnest("change")


def _span(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "always missing"
    return f"{low:,.4g} to {high:,.4g}"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"
