"""What becomes known of the truth: late, in part, and sometimes wrongly."""

from __future__ import annotations

import numpy as np
import polars as pl

from alertmill.simulator.draws import Draws
from alertmill.simulator.parameters import WorldParameters
from alertmill.simulator.scene import Scene
from alertmill.simulator.services import Services
from alertmill.simulator.stage import DAY_MS, Clock, Payments, generator

_CONFIDENCE_BETA = {
    "official": (18, 2),
    "verified": (12, 3),
    "community": (6, 3),
    "unverified": (3, 3),
}
_WEEK_MS = 7 * DAY_MS
SERVICE_RISK = {
    "exchange": "low",
    "institutional": "low",
    "merchant": "medium",
    "defi": "medium",
    "bridge": "medium",
    "mixer": "critical",
}


def label_world(
    scene: Scene, truth: pl.DataFrame, payments: Payments, *, names: np.ndarray
) -> pl.DataFrame:
    """Label services from the start, members of schemes late and in part, others by review.

    Exchanges, contracts, bridges and mixers are known to everybody. Of shops, suppliers and
    employers some are; who the others are the chain does not say, and nobody reviews them.

    Parameters
    ----------
    truth : DataFrame
        address, scheme_id and end_ts of the members of schemes.
    payments : Payments
        Everything that happened, sorted by time.
    names : array of str
        Name of every address number.
    """
    parameters, clock = scene.parameters, scene.clock
    share = parameters.labels.known_business_share
    services = _services(scene.services, names, clock, business_share=share)
    members = truth.sort("end_ts", "scheme_id").unique("address", keep="first").sort("address")
    seen = _seen(parameters, payments, names, clock)
    private = seen.filter(~seen["address"].is_in(names[scene.services.all]))
    others = private.join(members, on="address", how="anti")
    known = [
        services,
        _members(parameters, members, clock),
        _reviewed(parameters, others.sort("address"), clock),
    ]
    labels = pl.concat(known).sort("address", "known_at")
    return labels.select(
        pl.lit(parameters.network).alias("network"),
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


def _services(
    services: Services, names: np.ndarray, clock: Clock, *, business_share: float
) -> pl.DataFrame:
    rows = [
        (str(names[number]), f"known_{kind}", kind, SERVICE_RISK[kind], 0.95, "verified")
        for kind, numbers in services.known(business_share).items()
        for number in numbers
    ]
    frame = pl.DataFrame(rows, schema=_COLUMNS, orient="row")
    return frame.with_columns(known_at=pl.lit(clock.start, pl.Int64))


def _seen(
    parameters: WorldParameters, payments: Payments, names: np.ndarray, clock: Clock
) -> pl.DataFrame:
    """Addresses that did anything: since when they are seen, and whether they ever stand out.

    An address stands out from the first week in which it moves enough to raise alerts.
    """
    n, n_weeks = len(names), int((clock.end - clock.start) // _WEEK_MS) + 1
    week = (payments.ts - clock.start) // _WEEK_MS
    moved = np.zeros(n * n_weeks)
    for side in (payments.sender, payments.recipient):
        moved += np.bincount(side * n_weeks + week, payments.usd, n * n_weeks)
    weekly = moved.reshape(n, n_weeks)
    notable = weekly >= parameters.labels.notable_usd
    stands_out, active = notable.any(axis=1), (weekly > 0).any(axis=1)
    first = np.where(stands_out, notable.argmax(axis=1), (weekly > 0).argmax(axis=1))
    since = np.maximum(clock.start + first * _WEEK_MS, clock.live)
    frame = pl.DataFrame({"address": names, "since": since, "stands_out": stands_out})
    return frame.filter(pl.Series(active))


def _members(parameters: WorldParameters, truth: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    quality = parameters.hardness
    draws = Draws(parameters.seed, "labels_of_members", truth["address"])
    found, cleared = draws.chance(quality.found_share), draws.chance(quality.cleared_share)
    known_at = _when(parameters, draws, truth["end_ts"], clock)
    investigations = Draws(parameters.seed, "investigations", truth["scheme_id"])
    together = _when(parameters, investigations, truth["end_ts"], clock)
    known_at = np.where(draws.chance(parameters.labels.together_share), together, known_at)
    risk = np.where(cleared, "low", draws.choice(("high", "critical"), (0.7, 0.3)))
    kind = np.where(cleared, "wallet", "scam")
    return _assemble(parameters, draws, truth["address"], kind, risk, known_at).filter(
        pl.Series(found)
    )


def _when(parameters: WorldParameters, draws: Draws, end_ts: pl.Series, clock: Clock) -> np.ndarray:
    """When each of the draws becomes known, if it does."""
    median, sigma = parameters.hardness.median_delay_days, parameters.labels.delay_sigma
    delay = draws.lognormal(median, sigma) * DAY_MS
    known_at = end_ts.cast(pl.Int64).to_numpy() + delay.astype(np.int64)
    return _in_batches(parameters, draws, known_at, clock)


def _in_batches(
    parameters: WorldParameters, draws: Draws, known_at: np.ndarray, clock: Clock
) -> np.ndarray:
    """Move a tenth of the labels to the next takedown, where many are published at once."""
    rng, knobs = generator(parameters, "takedowns"), parameters.labels
    batches = np.sort(rng.uniform(clock.live, clock.end, knobs.takedowns)).astype(np.int64)
    following = np.searchsorted(batches, known_at)
    joins = draws.chance(knobs.takedown_share) & (following < len(batches))
    return np.where(joins, batches[np.minimum(following, len(batches) - 1)], known_at)


def _reviewed(parameters: WorldParameters, others: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    draws, knobs = Draws(parameters.seed, "labels_of_others", others["address"]), parameters.labels
    stands_out = others["stands_out"].to_numpy()
    chance = np.where(stands_out, knobs.reviewed_share, knobs.random_stratum)
    reviewed = draws.chance(chance)
    accused = draws.chance(parameters.hardness.accused_share)
    since = others["since"].to_numpy()
    # Review follows activity: by chance over the rest of the range, and some days after.
    seen = since + (draws.uniform() ** 1.5 * np.maximum(clock.end - since, 0)).astype(np.int64)
    known_at = seen + (draws.lognormal(3.0, 0.8) * DAY_MS).astype(np.int64)
    risk = np.where(accused, "high", draws.choice(("low", "medium"), (0.7, 0.3)))
    kind = np.where(accused, "scam", "wallet")
    return _assemble(parameters, draws, others["address"], kind, risk, known_at).filter(
        pl.Series(reviewed)
    )


def _assemble(
    parameters: WorldParameters,
    draws: Draws,
    addresses: pl.Series,
    kind: np.ndarray,
    risk: np.ndarray,
    known_at: np.ndarray,
) -> pl.DataFrame:
    shares = parameters.labels.trust_shares
    trust = draws.choice(list(shares), list(shares.values()))
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
