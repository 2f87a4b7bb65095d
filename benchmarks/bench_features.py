"""Building features beside the bare queries and joins, and beside straightforward pandas.

Bare are the queries of the extraction as Arrow and the joins to one row per alert: nothing is
checked, no feature is computed. The pandas version does what many a notebook does: it brings all
rows to Python, walks over them with iterrows, and sums flows and the past with groupby.apply. It
makes fewer columns than ours; those that both make must agree.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import date, timedelta
from functools import partial, reduce
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
from bench_extraction import row_by_row
from measuring import (
    NETWORK,
    Spent,
    Way,
    database,
    in_fresh_process,
    peak_of,
    print_ways,
    time_in_turn,
)
from pandas.api.typing import SeriesGroupBy
from snapshot_copies import FIRST_DAY, ROWS, WINDOW_DAYS, fill

from alertmill.storage import Client
from alertmill.training.data.columns import HISTORY_DAYS
from alertmill.training.data.extracted import QUERIES_FILE, load_queries
from alertmill.training.data.extraction import FeatureExtractor
from alertmill.training.data.rows import KEYS
from alertmill.training.features.build import FeatureBuilder

DAYS, LARGE_DAYS = 10, 60
TIMES_BARE, TIMES_FASTER, SHARE_OF_MEMORY, GROWTH = 1.5, 7, 0.5, 0.2

OURS, BARE, PANDAS = "extracted, checked, built", "bare queries and joins", "pandas"
RECORDED = "recorded"
ADDRESS_DAY = ["processing_date", "address"]
COPIED = ["degree_in", "total_volume_usd", "pass_through_ratio", "burst_factor", "pagerank"]
AGREEING = (*COPIED, "flow_out_top_share", "flow_in_top_share", "total_volume_rank", "n_clusters")


def main() -> None:
    """Fill a database, measure all ways and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help=f"{LARGE_DAYS} days, minutes")
    days = LARGE_DAYS if parser.parse_args().large else DAYS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ways: dict[str, Way] = {OURS: built, BARE: partial(bare, folder), PANDAS: in_pandas}
        in_fresh_process(fill, folder, days)
        in_fresh_process(record_queries, folder)
        in_fresh_process(check_agreement, folder)
        spent = in_fresh_process(time_in_turn, folder, ways, days)
        tenth = in_fresh_process(time_in_turn, folder, {OURS: built}, days // 10)
        peaks = {name: in_fresh_process(peak_of, folder, way, days) for name, way in ways.items()}
    print(f"{days} days of " + ", ".join(f"{n:,} {name}" for name, n in ROWS.items()))
    print_ways(spent, peaks)
    _print_ratios(spent, tenth, {name: peak for name, (_, peak) in peaks.items()})


def _print_ratios(
    spent: dict[str, Spent], tenth: dict[str, Spent], peaks: dict[str, float]
) -> None:
    to_bare = spent[OURS].wall / spent[BARE].wall
    times = spent[PANDAS].wall / spent[OURS].wall
    share = peaks[OURS] / peaks[PANDAS]
    growth = spent[OURS].wall / tenth[OURS].wall / 10 - 1
    print(f"{to_bare:.2f} times the bare queries and joins, wanted below {TIMES_BARE}")
    print(f"{times:.1f} times as fast as pandas, wanted {TIMES_FASTER}")
    print(f"{share:.2f} of its peak memory, wanted below {SHARE_OF_MEMORY}")
    print(f"{growth:+.0%} time a row with ten times the rows, wanted within {GROWTH:.0%}")


def built(client: Client, days: int) -> pl.DataFrame:
    """Extract and build as a training run does."""
    data = FeatureExtractor(client).extract_training_data(
        FIRST_DAY, _last_day(days), WINDOW_DAYS, network=NETWORK
    )
    return FeatureBuilder().build(data).features


def record_queries(folder: Path) -> None:
    """Keep the queries of an extraction, so that nothing but they runs when they are timed."""
    with database(folder) as client:
        FeatureExtractor(client).extract_training_data(
            FIRST_DAY, FIRST_DAY, WINDOW_DAYS, network=NETWORK
        ).save(folder / RECORDED)


def bare(folder: Path, client: Client, days: int) -> pl.DataFrame:
    """Send the queries of the extraction, and join their answers to one row per alert."""
    frames = {}
    for query in load_queries(folder / RECORDED / QUERIES_FILE):
        bound = dict(query.parameters)
        if "end" in bound:
            bound["end"] = str(_last_day(days))
        frames[query.name] = pl.DataFrame(client.query_arrow(query.sql, parameters=bound))
    keys = {
        "address_features": ADDRESS_DAY,
        "address_ranks": ADDRESS_DAY,
        "flows": ADDRESS_DAY,
        "history": [*ADDRESS_DAY, "typology_type"],
        "alert_clusters": list(KEYS),
    }
    return reduce(
        lambda rows, name: rows.join(frames[name], on=keys[name], how="left"),
        keys,
        frames["alerts"],
    )


def in_pandas(client: Client, days: int) -> pd.DataFrame:
    """Bring all rows to Python, and make features as it comes to mind."""
    tables = row_by_row(client, days)
    alerts, features = tables["raw_alerts"], tables["raw_features"]
    by_address = {}
    for _, row in features.iterrows():
        by_address[row["processing_date"], row["address"]] = {
            name: None if row[name] is None else float(row[name]) for name in COPIED
        }
    clusters: dict[object, int] = {}
    for _, row in tables["raw_clusters"].iterrows():
        for alert_id in row["related_alert_ids"]:
            clusters[alert_id] = clusters.get(alert_id, 0) + 1
    rank = features.assign(volume=features["total_volume_usd"].astype(float))
    rank["total_volume_rank"] = _rank(rank.groupby("processing_date")["volume"])
    rows = []
    for _, row in alerts.iterrows():
        known = by_address[row["processing_date"], row["address"]]
        rows.append({**{name: row[name] for name in KEYS}, **known})
    made = pd.DataFrame(rows)
    made["n_clusters"] = [clusters.get(alert_id, 0) for alert_id in made["alert_id"]]
    made = made.merge(rank[[*ADDRESS_DAY, "total_volume_rank"]], on=ADDRESS_DAY, how="left")
    for side, end in (("out", "from_address"), ("in", "to_address")):
        flows = _flows_of(tables["raw_money_flows"], alerts, end).add_prefix(f"flow_{side}_")
        made = made.merge(flows, left_on=ADDRESS_DAY, right_index=True, how="left")
    past = alerts.groupby("address")[["processing_date"]].apply(_count_past)
    return made.merge(past.reset_index(level="address"), on=ADDRESS_DAY, how="left")


def _rank(groups: SeriesGroupBy) -> pd.Series:
    """Give the share that lies below; ties share their mean."""
    return (groups.rank() - 0.5) / groups.transform("count")


def _flows_of(flows: pd.DataFrame, alerts: pd.DataFrame, end: str) -> pd.DataFrame:
    sides = flows.rename(columns={end: "address"})
    sides = sides.assign(usd=sides["amount_usd_sum"].astype(float))
    alerted = alerts[ADDRESS_DAY].drop_duplicates()
    columns = ["usd", "tx_count", "active_days", "reciprocity_ratio"]
    groups = sides.merge(alerted, on=ADDRESS_DAY).groupby(ADDRESS_DAY)[columns]
    return groups.apply(
        lambda g: pd.Series(
            {
                "pairs": len(g),
                "top_share": g["usd"].max() / g["usd"].sum() if g["usd"].sum() > 0 else np.nan,
                "tx_mean": g["tx_count"].mean(),
                "active_days_mean": g["active_days"].mean(),
                "reciprocity_mean": g["reciprocity_ratio"].mean(),
            }
        )
    )


def _count_past(alerts: pd.DataFrame) -> pd.DataFrame:
    days = pd.to_datetime(alerts["processing_date"])
    distinct = alerts["processing_date"].drop_duplicates()
    counts = [
        int(((days < day) & (days >= day - pd.Timedelta(days=HISTORY_DAYS))).sum())
        for day in pd.to_datetime(distinct)
    ]
    return pd.DataFrame({"processing_date": distinct, "alerts_before": counts})


def check_agreement(folder: Path) -> None:
    """Stop where ours and pandas make different values of the columns that both make."""
    with database(folder) as client:
        ours = built(client, 1).sort(KEYS).to_pandas()
        theirs = in_pandas(client, 1).sort_values(list(KEYS)).reset_index(drop=True)
    # Decimals become floats in two ways: equal ones may differ in the last bit, and take two ranks.
    a_rank = 1 / ROWS["raw_features"]
    for name in AGREEING:
        made = ours[name].astype(float), theirs[name].astype(float)
        atol = a_rank if name.endswith("_rank") else 0
        np.testing.assert_allclose(*made, rtol=1e-6, atol=atol, err_msg=name)


def _last_day(days: int) -> date:
    return FIRST_DAY + timedelta(days=days - 1)


if __name__ == "__main__":
    main()
