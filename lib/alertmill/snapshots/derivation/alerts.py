"""Raise the alerts of a snapshot from the rules and the structural patterns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import polars as pl

from alertmill.snapshots.derivation.rules import (
    RISK_INDICATORS,
    RULES,
    STRUCTURES,
    Rule,
)
from alertmill.snapshots.derivation.terms import Term, condition, surplus
from alertmill.snapshots.derivation.window import Window
from alertmill.vocabulary import Severity, SuspectedAddressType

_ID_HEX_DIGITS = 32
_SEVERITY_BANDS = ((0.8, Severity.CRITICAL), (0.65, Severity.HIGH), (0.5, Severity.MEDIUM))


def raise_alerts(wide: pl.DataFrame, patterns: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return every alert of the snapshot, one per address, typology and pattern.

    Parameters
    ----------
    wide : DataFrame
        One row per address with every column that a rule names.
    patterns : DataFrame
        From `patterns.find_patterns`.
    window : Window
        The snapshot.

    Returns
    -------
    DataFrame
        The columns of raw_alerts without created_at; sorted by address and alert_id.
    """
    raised = pl.concat(
        [*(_apply(rule, wide, window) for rule in RULES), _from_patterns(patterns, wide)]
    )
    once = raised.sort(
        "address",
        "typology_type",
        "pattern_id",
        "alert_confidence_score",
        "volume_usd",
        descending=[False, False, False, True, True],
    ).unique(["address", "typology_type", "pattern_id"], keep="first", maintain_order=True)
    days = window.window_days
    context = wide.with_columns(
        in_out_degree_ratio=pl.col("degree_in") / pl.col("degree_out").clip(lower_bound=1)
    ).select("address", _suspected_type(days), _suspected_subtype(), _indicators(days))
    alerts = once.join(context, on="address", how="left", validate="m:1")
    ids = [_identify(window, *key) for key in alerts.select(*_IDENTITY).iter_rows()]
    return (
        alerts.with_columns(
            pl.Series("alert_id", ids, dtype=pl.String),
            severity=_severity(),
            description=_description(),
        )
        .drop("base_severity")
        .sort("address", "alert_id")
    )


_IDENTITY = ("address", "typology_type", "pattern_id")


def _apply(rule: Rule, wide: pl.DataFrame, window: Window) -> pl.DataFrame:
    days = window.window_days
    looked_at = sorted({term.column for term in rule.terms})
    # Percentiles are of the whole snapshot: terms are measured before any row is left out.
    measured = wide.select(
        "address",
        fires=pl.all_horizontal([condition(term, days) for term in rule.terms]),
        excess=pl.mean_horizontal([surplus(term, days) for term in rule.terms]),
        volume_usd=pl.col(rule.volume).cast(pl.Float64),
        evidence=pl.struct(pl.col(looked_at).cast(pl.Float64)),
    )
    return (
        measured.filter("fires")
        .with_columns(
            typology_type=pl.lit(rule.typology.value),
            pattern_id=pl.lit(""),
            pattern_type=pl.lit(rule.pattern_type),
            alert_confidence_score=0.5 + 0.5 * pl.col("excess"),
            base_severity=pl.lit(rule.base_severity),
            evidence_json=pl.col("evidence").struct.json_encode(),
        )
        .select(_RAISED)
    )


def _from_patterns(patterns: pl.DataFrame, wide: pl.DataFrame) -> pl.DataFrame:
    base = {typology.value: wanted.base_severity for typology, wanted in STRUCTURES.items()}
    return (
        patterns.explode("members")
        .rename({"members": "address"})
        .join(wide.select("address", "total_volume_usd"), on="address")
        .with_columns(
            alert_confidence_score=pl.col("confidence"),
            # A member is behind no more of a pattern's money than all it moved itself.
            volume_usd=pl.min_horizontal("usd", pl.col("total_volume_usd").cast(pl.Float64)),
            base_severity=pl.col("typology_type").replace_strict(base, return_dtype=pl.Float64),
            evidence_json=pl.col("evidence"),
        )
        .select(_RAISED)
    )


_RAISED = (
    "address",
    "typology_type",
    "pattern_id",
    "pattern_type",
    "alert_confidence_score",
    "volume_usd",
    "base_severity",
    "evidence_json",
)


def _severity() -> pl.Expr:
    """Weigh the base of the typology, the volume and the confidence; never a label."""
    size = ((pl.col("volume_usd") / 1_000).clip(lower_bound=1e-9).log10() / 3).clip(0, 1)
    score = 0.5 * pl.col("base_severity") + 0.3 * size + 0.2 * pl.col("alert_confidence_score")
    banded = pl.lit(Severity.LOW.value)
    for least, severity in reversed(_SEVERITY_BANDS):
        banded = pl.when(score >= least).then(pl.lit(severity.value)).otherwise(banded)
    return banded


_MERCHANT = (Term("degree_in", 20), Term("in_out_degree_ratio", 2))
_TOO_LITTLE_SEEN = (Term("tx_total_count", 3, "<"), Term("total_volume_usd", 1_000, "<"))


def _suspected_type(window_days: int) -> pl.Expr:
    """Guess what the address is from its behaviour alone."""
    kinds = SuspectedAddressType
    merchant, unknown = (
        pl.all_horizontal([condition(term, window_days) for term in terms])
        for terms in (_MERCHANT, _TOO_LITTLE_SEEN)
    )
    return (
        pl.when(pl.col("is_exchange_like") | pl.col("is_whale"))
        .then(pl.lit(kinds.INSTITUTIONAL.value))
        .when(merchant)
        .then(pl.lit(kinds.MERCHANT.value))
        .when(unknown)
        .then(pl.lit(kinds.UNKNOWN.value))
        .otherwise(pl.lit(kinds.WALLET.value))
        .alias("suspected_address_type")
    )


_SUBTYPES = ("exchange_like", "mixer_like", "contract_like", "whale", "hub_address")


def _suspected_subtype() -> pl.Expr:
    """Return the first of these flags that the address has, or nothing."""
    flagged = [pl.when(pl.col(f"is_{name}")).then(pl.lit(name)) for name in _SUBTYPES]
    return pl.coalesce(*flagged, pl.lit("")).alias("suspected_address_subtype")


def _indicators(window_days: int) -> pl.Expr:
    flags = [
        pl.when(condition(term, window_days)).then(pl.lit(indicator.value))
        for indicator, term in RISK_INDICATORS
    ]
    return pl.concat_list(flags).list.drop_nulls().alias("risk_indicators")


def _description() -> pl.Expr:
    words = pl.col("typology_type").str.to_lowercase().str.replace_all("_", " ")
    amount = pl.col("volume_usd").round(0).cast(pl.Int64)
    return pl.format("{} over {} USD: {}", words, amount, pl.col("evidence_json"))


def _identify(window: Window, *parts: str) -> str:
    """First 16 bytes of the SHA256 over network, window, date, address, typology and pattern."""
    content: Iterable[object] = (
        window.network,
        window.window_days,
        window.processing_date,
        *parts,
    )
    return hashlib.sha256("|".join(map(str, content)).encode()).hexdigest()[:_ID_HEX_DIGITS]
