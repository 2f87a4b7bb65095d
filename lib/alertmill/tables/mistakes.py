"""Which alerts the model gets wrong, and what they have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from alertmill.evaluation.scores import by_population
from alertmill.training.data.rows import KEYS
from alertmill.wording import counted

CAUGHT, FALSE_ALARM, MISSED, PASSED = "caught", "false alarm", "missed", "passed"
OUTCOMES = (CAUGHT, FALSE_ALARM, MISSED, PASSED)
"""True alert flagged, false alert flagged, true alert not flagged, false alert not flagged."""
MIN_ALERTS = 10
_BUSIEST = 10
"""Addresses whose share of the mistakes is said."""
"""Fewer labelled alerts make no rate."""


def decided_alerts(
    predictions: pl.DataFrame, *, threshold: float, population: str = "test_all"
) -> pl.DataFrame:
    """Labelled alerts with what became of each: the predictions and a column outcome.

    Also adds error, the distance between the calibrated score and the label.
    """
    flagged = pl.col("score") >= threshold
    outcome = (
        pl.when(flagged & (pl.col("y") == 1))
        .then(pl.lit(CAUGHT))
        .when(flagged)
        .then(pl.lit(FALSE_ALARM))
        .when(pl.col("y") == 1)
        .then(pl.lit(MISSED))
        .otherwise(pl.lit(PASSED))
    )
    labelled = by_population(predictions, population).filter(pl.col("y").is_not_null())
    return labelled.with_columns(
        outcome=outcome, error=(pl.col("score") - pl.col("y").cast(pl.Float64)).abs()
    )


RATED_COLUMNS = ("typology_type", "severity", "volume_band")


def rates_by_column(decided: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Rates of both mistakes by typology, severity and volume band, where those are there."""
    return [
        (column, mistake_rates(decided, column))
        for column in RATED_COLUMNS
        if column in decided.columns
    ]


def mistake_rates(decided: pl.DataFrame, column: str) -> pl.DataFrame:
    """Rates of both mistakes for every value of a column of the alerts.

    Returns
    -------
    DataFrame
        Columns value, n_alerts (labelled), n_addresses, n_false_alarms, false_alarm_share (of the
        flagged labelled alerts), n_missed, missed_share (of the true alerts). A share is null
        where it rests on fewer than ten alerts. Most mistakes first.
    """
    counts = decided.group_by(pl.col(column).cast(pl.String).alias("value")).agg(
        n_alerts=pl.len().cast(pl.Int64),
        n_addresses=pl.col("address").n_unique().cast(pl.Int64),
        **{name: (pl.col("outcome") == name).sum().cast(pl.Int64) for name in OUTCOMES},
    )
    return (
        counts.with_columns(
            false_alarm_share=_share(FALSE_ALARM, CAUGHT), missed_share=_share(MISSED, CAUGHT)
        )
        .sort(pl.col(FALSE_ALARM) + pl.col(MISSED), pl.col("value"), descending=[True, False])
        .select(
            "value",
            "n_alerts",
            "n_addresses",
            pl.col(FALSE_ALARM).alias("n_false_alarms"),
            "false_alarm_share",
            pl.col(MISSED).alias("n_missed"),
            "missed_share",
        )
    )


def outcome_contrasts(
    decided: pl.DataFrame, features: pl.DataFrame, *, outcome: str, against: str, n: int = 12
) -> pl.DataFrame:
    """Features that set one outcome apart from another, such as false alarms from caught alerts.

    Each address counts once, with the mean of its alerts, because its alerts are alike.

    Parameters
    ----------
    decided : DataFrame
        From `decided_alerts`.
    features : DataFrame
        Keys, then one column per feature; may hold more alerts.
    outcome, against : str
        Two of caught, false alarm, missed, passed.
    n : int
        Features shown.

    Returns
    -------
    DataFrame
        Columns feature, separation (chance that a random address of ``outcome`` lies above one of
        ``against``, ties half: 0.5 is no difference), median_of_address_means,
        median_of_address_means_against, n_addresses and n_addresses_against. Largest distance
        from 0.5 first; no rows where either outcome is empty. These are the largest of many
        differences: hints, no findings.
    """
    names = [name for name in features.columns if name not in KEYS]
    alerts = outcome_features(decided, features, names=names)
    own, other = (_per_address(alerts, chosen, names) for chosen in (outcome, against))
    if not own.height or not other.height:
        return pl.DataFrame(schema=_CONTRAST_SCHEMA)
    rows = [
        (name, separation, own[name].median(), other[name].median(), own.height, other.height)
        for name in names
        if (separation := _separation(own[name], other[name])) is not None
    ]
    table = pl.DataFrame(rows, schema=_CONTRAST_SCHEMA, orient="row")
    return table.sort((pl.col("separation") - 0.5).abs(), descending=True).head(n)


def mistakes_by_feature(
    decided: pl.DataFrame, features: pl.DataFrame, *, names: Sequence[str], n_bins: int = 5
) -> pl.DataFrame:
    """Rates of both mistakes along the values of features.

    Returns
    -------
    DataFrame
        Columns feature, bin (from 1, lowest values first, about as many alerts each; features
        with few values have fewer bins), low, high (ends of its values), n_alerts, n_positives,
        flagged_share (of the labelled alerts), false_alarm_share (of the false alerts, flagged)
        and missed_share (of the true alerts, not flagged); a share is null where it rests on
        fewer than ten alerts.
    """
    alerts = outcome_features(decided, features, names=names)
    known = [name for name in names if alerts[name].drop_nulls().len()]
    tables = [_bins_of(alerts, name, n_bins) for name in known]
    return pl.concat(tables) if tables else pl.DataFrame(schema=_BIN_SCHEMA)


def outcome_features(
    decided: pl.DataFrame, features: pl.DataFrame, *, names: Sequence[str]
) -> pl.DataFrame:
    """Values of some features of every decided alert: keys, outcome, then the features."""
    return decided.select(*KEYS, "outcome").join(
        features.select(*KEYS, *names), on=KEYS, how="inner", maintain_order="left"
    )


def worst_mistakes(decided: pl.DataFrame, *, outcome: str, n: int = 10) -> pl.DataFrame:
    """Alerts of one outcome with the largest error, at most one per address.

    The rows of ``decided``, the largest error first.
    """
    return (
        decided.filter(pl.col("outcome") == outcome)
        .sort("error", "alert_id", descending=[True, False])
        .unique("address", keep="first", maintain_order=True)
        .head(n)
    )


def telling_alerts(decided: pl.DataFrame) -> pl.DataFrame:
    """Pick the alert that each outcome is clearest in, at most one per outcome.

    The caught and the false alarm with the highest score, the missed with the lowest: the rows of
    ``decided``, and a column title that says which it is.
    """
    chosen = [
        worst_mistakes(decided, outcome=FALSE_ALARM, n=1),
        worst_mistakes(decided, outcome=MISSED, n=1),
        decided.filter(pl.col("outcome") == CAUGHT).sort("error", "alert_id").head(1),
    ]
    titles = [
        "The false alarm with the highest score",
        "The missed alert with the lowest score",
        "The caught alert with the highest score",
    ]
    return pl.concat(
        alert.with_columns(title=pl.lit(title)) for alert, title in zip(chosen, titles, strict=True)
    )


def mistake_sentence(decided: pl.DataFrame, *, outcome: str) -> str:
    """Return how many mistakes of one kind there are, and how concentrated they are."""
    mistakes = decided.filter(pl.col("outcome") == outcome)
    if not mistakes.height:
        return (
            f"No labelled alert of the test is a {outcome}."
            if outcome == FALSE_ALARM
            else ("No confirmed alert of the test was missed.")
        )
    n_addresses = mistakes["address"].n_unique()
    busiest = mistakes.group_by("address").len()["len"].sort(descending=True)
    share = busiest.head(_BUSIEST).sum() / mistakes.height
    most = f"; the ten addresses with most of them make up {100 * share:.0f} %"
    total = decided.filter(pl.col("y") == (1 if outcome == MISSED else 0)).height
    whose = "confirmed" if outcome == MISSED else "cleared"
    what = "were missed" if outcome == MISSED else "were flagged"
    return (
        f"{mistakes.height:,} of {counted(total, f'{whose} alert')} {what}, at "
        f"{counted(n_addresses, 'address')}{most if n_addresses > _BUSIEST else ''}."
    )


def _share(part: str, rest: str) -> pl.Expr:
    total = pl.col(part) + pl.col(rest)
    return pl.when(total >= MIN_ALERTS).then(pl.col(part) / total)


def _per_address(alerts: pl.DataFrame, outcome: str, names: Sequence[str]) -> pl.DataFrame:
    return (
        alerts.filter(pl.col("outcome") == outcome)
        .group_by("address", maintain_order=True)
        .agg(pl.col(names).mean())
    )


def _separation(own: pl.Series, other: pl.Series) -> float | None:
    from scipy.stats import rankdata

    a, b = own.drop_nulls().to_numpy(), other.drop_nulls().to_numpy()
    if not len(a) or not len(b):
        return None
    ranks = rankdata(np.concatenate([a, b]))
    return float((ranks[: len(a)].sum() - len(a) * (len(a) + 1) / 2) / (len(a) * len(b)))


def _bins_of(alerts: pl.DataFrame, name: str, n_bins: int) -> pl.DataFrame:
    known = alerts.filter(pl.col(name).is_not_null())
    edges = np.unique(np.quantile(known[name].to_numpy(), np.linspace(0, 1, n_bins + 1)[1:-1]))
    place = np.searchsorted(edges, known[name].to_numpy(), side="left")
    counts = {name: (pl.col("outcome") == name).sum() for name in OUTCOMES}
    table = (
        known.with_columns(place=pl.Series(place))
        .group_by("place")
        .agg(low=pl.col(name).min(), high=pl.col(name).max(), n_alerts=pl.len(), **counts)
        .sort("place")
        .with_row_index("bin", offset=1)
    )
    flagged = pl.col(CAUGHT) + pl.col(FALSE_ALARM)
    return table.select(
        pl.lit(name).alias("feature"),
        pl.col("bin").cast(pl.Int64),
        "low",
        "high",
        pl.col("n_alerts").cast(pl.Int64),
        n_positives=(pl.col(CAUGHT) + pl.col(MISSED)).cast(pl.Int64),
        flagged_share=flagged / pl.col("n_alerts"),
        false_alarm_share=_share(FALSE_ALARM, PASSED),
        missed_share=_share(MISSED, CAUGHT),
    )


_BIN_SCHEMA = {
    "feature": pl.String,
    "bin": pl.Int64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n_alerts": pl.Int64,
    "n_positives": pl.Int64,
    "flagged_share": pl.Float64,
    "false_alarm_share": pl.Float64,
    "missed_share": pl.Float64,
}
_CONTRAST_SCHEMA = {
    "feature": pl.String,
    "separation": pl.Float64,
    "median_of_address_means": pl.Float64,
    "median_of_address_means_against": pl.Float64,
    "n_addresses": pl.Int64,
    "n_addresses_against": pl.Int64,
}
