"""Structures of transfers in time order: chains, cycles, and sources that meet again at a sink."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl

from alertmill.snapshots.derivation.graphs import igraph
from alertmill.snapshots.derivation.rules import STRUCTURE_USD, STRUCTURES, Structure
from alertmill.vocabulary import Typology

PATTERN_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "pattern_id": pl.String,
    "typology_type": pl.String,
    "pattern_type": pl.String,
    "members": pl.List(pl.String),
    "usd": pl.Float64,
    "confidence": pl.Float64,
    "evidence": pl.String,
}


def find_patterns(links: pl.DataFrame, relays: pl.DataFrame) -> pl.DataFrame:
    """Find layering paths, cycles and scatter-gather structures.

    Parameters
    ----------
    links : DataFrame
        From ``sql/links.sql``: a transfer into an address and one out of it that may carry it on.
    relays : DataFrame
        From ``sql/relays.sql``: middles between a source and a sink.

    Returns
    -------
    DataFrame
        One row per pattern: pattern_id, typology_type, pattern_type, members (addresses in path
        order), usd (what entered), confidence (0.5 to 1), evidence (JSON).
    """
    hops = _chains(links)
    found = [_layering(hops), _cycles(hops), _scatter_gather(relays)]
    return pl.concat(found).sort("typology_type", "pattern_id")


def _chains(links: pl.DataFrame) -> pl.DataFrame:
    """Follow money from transfer to transfer: each goes on in at most one later transfer.

    Of several that a transfer may go on in, the one that keeps most, then the earliest; of several
    that go on in the same transfer again the one that keeps most, then the earliest. Returns one
    row per transfer of a chain: chain, transfer, source, sink, ts, usd, place, keep (share of the
    transfer before).
    """
    keep = pl.col("usd_out") / pl.col("usd_in")
    ranked = links.with_columns(keep=keep)
    best = ranked.sort("keep", "transfer_out", descending=[True, False]).unique(
        "transfer_in", keep="first", maintain_order=True
    )
    mutual = best.sort("keep", "transfer_in", descending=[True, False]).unique(
        "transfer_out", keep="first", maintain_order=True
    )
    first = mutual.select(
        transfer="transfer_in", source="source", sink="middle", ts="ts_in", usd="usd_in"
    )
    second = mutual.select(
        transfer="transfer_out", source="middle", sink="sink", ts="ts_out", usd="usd_out"
    )
    hops = pl.concat([first, second]).unique("transfer").sort("transfer")
    return hops.with_columns(chain=_components(hops["transfer"], mutual)).with_columns(
        place=pl.int_range(pl.len()).over("chain"),
        keep=(pl.col("usd") / pl.col("usd").shift(1)).over("chain"),
    )


def _components(transfers: pl.Series, mutual: pl.DataFrame) -> pl.Series:
    place = {transfer: position for position, transfer in enumerate(transfers)}
    ends = mutual.select("transfer_in", "transfer_out").to_numpy()
    edges = np.vectorize(place.__getitem__, otypes=[np.int64])(ends) if len(ends) else ends
    found = igraph.Graph(n=len(transfers), edges=edges).connected_components()
    return pl.Series("chain", found.membership, dtype=pl.Int64)


def _layering(hops: pl.DataFrame) -> pl.DataFrame:
    """Stretches of a chain on which every hop keeps enough."""
    wanted = STRUCTURES[Typology.LAYERING_PATH]
    breaks = (pl.col("keep") < wanted.least_keep).fill_null(value=False)
    stretches = hops.with_columns(
        chain=pl.struct("chain", breaks.cum_sum().over("chain").alias("stretch")),
        keep=pl.when(~breaks).then("keep"),
    )
    return _described(_members(stretches), wanted, pl.col("n_hops") / wanted.hops[0])


def _cycles(hops: pl.DataFrame) -> pl.DataFrame:
    """Stretches of a chain that end where they began; of several from one hop the shortest."""
    wanted = STRUCTURES[Typology.CYCLE_DETECTION]
    ends = hops.join(hops, on="chain", suffix="_end").with_columns(
        n_hops=pl.col("place_end") - pl.col("place") + 1
    )
    closed = (
        ends.filter(pl.col("source") == pl.col("sink_end"), _as_long_as(wanted))
        .sort("chain", "place", "n_hops")
        .unique("chain", keep="first", maintain_order=True)
        .select("chain", first="place", last="place_end")
    )
    stretch = hops.join(closed, on="chain").filter(
        pl.col("place").is_between(pl.col("first"), pl.col("last"))
    )
    # The first hop of the stretch has a share kept of its predecessor, which lies outside.
    inner = pl.when(pl.col("place") > pl.col("first")).then(pl.col("keep"))
    cycles = _members(stretch.with_columns(keep=inner))
    # The last member repeats the first.
    cycles = cycles.with_columns(members=pl.col("members").list.head(pl.col("n_hops")))
    return _described(cycles, wanted, pl.col("min_keep") / wanted.least_keep)


def _scatter_gather(relays: pl.DataFrame) -> pl.DataFrame:
    wanted = STRUCTURES[Typology.SCATTER_GATHER]
    found = relays.select(
        pl.concat_list("source", "middles", "sink").alias("members"),
        "usd",
        "min_keep",
        n_hops=pl.col("middles").list.len().cast(pl.Int64),
    )
    return _described(found, wanted, pl.col("n_hops") / wanted.hops[0])


def _as_long_as(wanted: Structure) -> pl.Expr:
    least, most = wanted.hops
    is_long_enough = pl.col("n_hops") >= least
    return is_long_enough if most is None else is_long_enough & (pl.col("n_hops") <= most)


def _members(hops: pl.DataFrame) -> pl.DataFrame:
    """One row per chain: members in path order, n_hops, min_keep, usd."""
    return (
        hops.sort("chain", "place")
        .group_by("chain", maintain_order=True)
        .agg(
            sources=pl.col("source"),
            end=pl.col("sink").last(),
            usd=pl.col("usd").first(),
            min_keep=pl.col("keep").min(),
            n_hops=pl.len().cast(pl.Int64),
        )
        .with_columns(members=pl.concat_list("sources", "end"))
    )


def _described(found: pl.DataFrame, wanted: Structure, size: pl.Expr) -> pl.DataFrame:
    """Keep what the rule asks for, and give each its id, confidence and evidence.

    The confidence is as in an alert rule; ``size`` is its first term, as a multiple of the
    threshold, and the second is the USD that entered.
    """
    terms = [size, pl.col("usd") / (wanted.least_usd or STRUCTURE_USD)]
    share = pl.mean_horizontal([(term - 1).clip(0, 1) for term in terms])
    evidence = pl.struct("n_hops", "min_keep", "usd").struct.json_encode()
    described = found.filter(
        _as_long_as(wanted),
        # a single hop has no share kept of another
        pl.col("min_keep").fill_null(1.0) >= wanted.least_keep,
        pl.col("usd") >= wanted.least_usd,
    ).with_columns(
        typology_type=pl.lit(wanted.typology.value),
        pattern_type=pl.lit(wanted.pattern_type),
        confidence=0.5 + 0.5 * share,
        evidence=evidence,
    )
    ids = [_identify(wanted.typology, members) for members in described["members"]]
    named = described.with_columns(pl.Series("pattern_id", ids, dtype=pl.String))
    return named.select(pl.col(name).cast(kind) for name, kind in PATTERN_SCHEMA.items())


def _identify(typology: Typology, members: pl.Series) -> str:
    return hashlib.sha256("-".join([typology, *members]).encode()).hexdigest()[:32]
