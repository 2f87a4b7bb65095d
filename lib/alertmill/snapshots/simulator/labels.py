"""What becomes known of the truth: late, in part, and sometimes wrongly."""

from __future__ import annotations

import numpy as np
import polars as pl

from alertmill.snapshots.simulator.draws import Draws
from alertmill.snapshots.simulator.parameters import WorldParameters
from alertmill.snapshots.simulator.services import Services
from alertmill.snapshots.simulator.stage import DAY_MS, Clock, generator

_TRUST = ("official", "verified", "community", "unverified")
_TRUST_SHARES = (0.15, 0.35, 0.35, 0.15)
_CONFIDENCE_BETA = {
    "official": (18, 2),
    "verified": (12, 3),
    "community": (6, 3),
    "unverified": (3, 3),
}
_REVIEWED_SHARE, _RANDOM_STRATUM = 0.5, 0.03
_NOTABLE_USD = 1_500.0
"""Volume from which an address is likely to raise an alert, and to be reviewed."""
_BATCH_SHARE, _N_BATCHES = 0.1, 6
SERVICE_RISK = {
    "exchange": "low",
    "institutional": "low",
    "merchant": "medium",
    "defi": "medium",
    "bridge": "medium",
    "mixer": "critical",
}


def label_world(
    parameters: WorldParameters,
    services: Services,
    truth: pl.DataFrame,
    volumes: pl.DataFrame,
    *,
    names: np.ndarray,
    clock: Clock,
) -> pl.DataFrame:
    """Label services from the start, members of schemes late and in part, others by review.

    Parameters
    ----------
    truth : DataFrame
        address, end_ts of the members of schemes; one row per address.
    volumes : DataFrame
        address, usd (in and out over the world), first_ts; one row per address.
    names : array of str
        Name of every address number.
    """
    known = [_services(services, names, clock)]
    service_names = known[0]["address"]
    others = volumes.join(truth, on="address", how="anti").filter(
        ~pl.col("address").is_in(service_names.implode())
    )
    known += [_members(parameters, truth, clock), _reviewed(parameters, others, clock)]
    labels = pl.concat(known).sort("address", "known_at")
    return labels.select(
        pl.lit(parameters.network.value).alias("network"),
        "address",
        "label",
        pl.lit("evm").alias("network_type"),
        "address_type",
        pl.lit("").alias("address_subtype"),
        "risk_level",
        pl.col("confidence_score").cast(pl.Float32),
        "trust_level",
        pl.lit("simulation").alias("source"),
        pl.col("known_at").cast(pl.UInt64),
        pl.lit(None, dtype=pl.UInt64).alias("revoked_at"),
        pl.lit("upstream").alias("known_at_source"),
    )


def _services(services: Services, names: np.ndarray, clock: Clock) -> pl.DataFrame:
    rows = [
        (str(names[number]), f"known_{kind}", kind, SERVICE_RISK[kind], 0.95, "verified")
        for kind, numbers in services.labels.items()
        for number in numbers
    ]
    frame = pl.DataFrame(rows, schema=_COLUMNS, orient="row")
    return frame.with_columns(known_at=pl.lit(clock.start, pl.Int64))


def _members(parameters: WorldParameters, truth: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    quality = parameters.quality
    draws = Draws(parameters.seed, "labels_of_members", truth["address"])
    found, cleared = draws.chance(quality.found_share), draws.chance(quality.cleared_share)
    delay = draws.lognormal(quality.median_delay_days, 1.0) * DAY_MS
    known_at = truth["end_ts"].cast(pl.Int64).to_numpy() + delay.astype(np.int64)
    known_at = _in_batches(parameters, draws, known_at, clock)
    risk = np.where(cleared, "low", draws.choice(("high", "critical"), (0.7, 0.3)))
    kind = np.where(cleared, "wallet", "scam")
    return _assemble(draws, truth["address"], kind, risk, known_at).filter(pl.Series(found))


def _in_batches(
    parameters: WorldParameters, draws: Draws, known_at: np.ndarray, clock: Clock
) -> np.ndarray:
    """Move a tenth of the labels to the next takedown, where many are published at once."""
    rng = generator(parameters, "takedowns")
    batches = np.sort(rng.uniform(clock.live, clock.end, _N_BATCHES)).astype(np.int64)
    following = np.searchsorted(batches, known_at)
    joins = draws.chance(_BATCH_SHARE) & (following < len(batches))
    return np.where(joins, batches[np.minimum(following, len(batches) - 1)], known_at)


def _reviewed(parameters: WorldParameters, others: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    draws = Draws(parameters.seed, "labels_of_others", others["address"])
    chance = np.where(others["usd"].to_numpy() >= _NOTABLE_USD, _REVIEWED_SHARE, _RANDOM_STRATUM)
    reviewed, accused = draws.chance(chance), draws.chance(parameters.quality.accused_share)
    first = np.maximum(others["first_ts"].to_numpy(), clock.live)
    # Review follows activity: by chance over the rest of the range, and some days after.
    seen = first + (draws.uniform() ** 1.5 * np.maximum(clock.end - first, 0)).astype(np.int64)
    known_at = seen + (draws.lognormal(3.0, 0.8) * DAY_MS).astype(np.int64)
    risk = np.where(accused, "high", draws.choice(("low", "medium"), (0.7, 0.3)))
    kind = np.where(accused, "scam", "wallet")
    return _assemble(draws, others["address"], kind, risk, known_at).filter(pl.Series(reviewed))


def _assemble(
    draws: Draws,
    addresses: pl.Series,
    kind: np.ndarray,
    risk: np.ndarray,
    known_at: np.ndarray,
) -> pl.DataFrame:
    trust = draws.choice(_TRUST, _TRUST_SHARES)
    shapes = np.array([_CONFIDENCE_BETA[level] for level in trust]).reshape(len(trust), 2)
    frame = pl.DataFrame(
        {
            "address": addresses,
            "address_type": kind,
            "risk_level": risk,
            "confidence_score": draws.beta(shapes[:, 0], shapes[:, 1]),
            "trust_level": trust,
            "known_at": known_at.astype(np.int64),
        }
    )
    label = pl.when(pl.col("address_type") == "scam").then(pl.lit("reported_illicit"))
    labelled = frame.with_columns(label=label.otherwise(pl.lit("reviewed_benign")))
    return labelled.select(*_COLUMNS, "known_at")


_COLUMNS = {
    "address": pl.String,
    "label": pl.String,
    "address_type": pl.String,
    "risk_level": pl.String,
    "confidence_score": pl.Float64,
    "trust_level": pl.String,
}
