"""How hard a simulated world is: for the truth, for a rule, and for our model.

For every seed a world is simulated into an embedded database in a temporary folder, its snapshots
are derived, and a model is trained with the default hyperparameters. Prints one table a seed; what
the numbers should be is in docs/simulator.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.tree import DecisionTreeClassifier

from alertmill.parameters import TrainingParameters
from alertmill.settings import Settings
from alertmill.simulator import Difficulty, World, WorldParameters, simulate
from alertmill.snapshots.derivation import derive_snapshots
from alertmill.snapshots.loading import load_ground_truth, load_labels, load_transfers
from alertmill.storage import Client, ClientFactory, fetch, get_connection_params
from alertmill.storage.ledger import Delivery
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.extraction import FeatureExtractor
from alertmill.training.data.rows import KEYS, LabelledRows
from alertmill.training.features.build import FeatureBuilder, FeatureSet
from alertmill.training.labels.targets import build_targets
from alertmill.training.models.baselines import score_rule
from alertmill.training.models.trainer import ModelTrainer

_DAY_MS = 86_400_000
_FOLDS = 5
_ADDRESS_DAY = ["processing_date", "address"]


@dataclass(frozen=True)
class Measured:
    """Everything that the tables are made of."""

    parameters: WorldParameters
    world: World
    features: FeatureSet
    rows: pl.DataFrame
    """One row an alert, in the order of the features: keys, is_true, y, split, scores."""
    addresses: pl.DataFrame
    """processing_date, address and degree_total of every address row."""
    seconds: dict[str, float]


def main() -> None:
    """Measure every seed and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="demo", help="small, demo or medium")
    parser.add_argument("--difficulty", type=Difficulty, default=Difficulty.STANDARD)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7])
    options = parser.parse_args()
    for seed in options.seeds:
        parameters = WorldParameters.preset(options.size, seed=seed, difficulty=options.difficulty)
        measured = measure(parameters)
        print(f"\n== {options.size}, {options.difficulty}, seed {seed}")
        for name, value in report(measured):
            print(f"{name:<52} {value}")


def measure(parameters: WorldParameters) -> Measured:
    """Simulate, derive and train."""
    watch = _Watch()
    world = simulate(parameters)
    watch.stop("simulate")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, alertmill_database_dir=Path(folder))
        params = get_connection_params(parameters.network, settings)
        with ClientFactory(params).client_context() as client:
            _fill(client, world, parameters)
            watch.stop("load and derive")
            data = FeatureExtractor(client).extract_training_data(
                parameters.first_snapshot,
                parameters.last_snapshot,
                parameters.window_days,
                network=parameters.network,
            )
            addresses = fetch(
                client,
                "SELECT processing_date, address, degree_total, is_mixer_like FROM raw_features",
            )
    features = FeatureBuilder().build(data)
    rows = _score(parameters, data, features).join(
        _truth(world, data.alerts, parameters), on=_ADDRESS_DAY, how="left", maintain_order="left"
    )
    watch.stop("extract, build and train")
    rows = rows.with_columns(pl.col("is_true").fill_null(value=False))
    return Measured(parameters, world, features, rows, addresses, watch.seconds)


class _Watch:
    """How long each step took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def stop(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step], self._since = now - self._since, now


def _score(parameters: WorldParameters, data: TrainingData, features: FeatureSet) -> pl.DataFrame:
    """Train with the default hyperparameters; every alert with its target and its scores."""
    training = TrainingParameters(
        network=parameters.network,
        start_date=parameters.first_snapshot,
        end_date=parameters.last_snapshot,
        window_days=parameters.window_days,
    )
    targets = build_targets(data, features.features, training)
    fitted = ModelTrainer().fit(
        LabelledRows.of(features.features, targets, split="train"),
        LabelledRows.of(features.features, targets, split="validation"),
        categorical=features.catalogue.categorical,
    )
    described = data.alerts.select(*KEYS, "typology_type", "severity", "volume_usd")
    rows = targets.join(described, on=KEYS, how="left", validate="1:1", maintain_order="left")
    return rows.with_columns(
        pl.col("split").cast(pl.String),
        score_rule=score_rule(rows),
        score_model=fitted.model.raw_score(features.features),
    )


def report(measured: Measured) -> Iterator[tuple[str, str]]:
    """Give the lines of the table."""
    yield from _sizes(measured)
    yield from _scores(measured)
    yield from _shortcuts(measured)
    yield from _shapes(measured)
    yield from _by_typology(measured)


def _fill(client: Client, world: World, parameters: WorldParameters) -> None:
    network = parameters.network
    delivery = Delivery(network, "benchmark")
    load_transfers(client, world.transfer_batches(), delivery)
    load_labels(client, world.labels, delivery)
    load_ground_truth(client, world.ground_truth, delivery)
    derive_snapshots(
        client,
        network=network,
        start_date=parameters.first_snapshot,
        end_date=parameters.last_snapshot,
        window_days=parameters.window_days,
    )


def _truth(world: World, alerts: pl.DataFrame, parameters: WorldParameters) -> pl.DataFrame:
    """Alerted addresses whose window meets the period of a scheme of theirs."""
    end = pl.col("processing_date").cast(pl.Datetime("ms")).cast(pl.Int64)
    start = end - parameters.window_days * _DAY_MS
    met = (pl.col("start_ts").cast(pl.Int64) < end) & (pl.col("end_ts").cast(pl.Int64) >= start)
    alerted = alerts.select(_ADDRESS_DAY).unique()
    return (
        alerted.join(world.ground_truth, on="address")
        .filter(met)
        .select(*_ADDRESS_DAY, is_true=pl.lit(value=True))
        .unique()
    )


def _sizes(measured: Measured) -> Iterator[tuple[str, str]]:
    rows, world = measured.rows, measured.world
    n_days = measured.parameters.n_snapshots
    alerted = rows.unique(_ADDRESS_DAY)
    labelled = rows.filter(pl.col("y").is_not_null())
    test = labelled.filter(split="test")
    positive = test.filter(y=1)
    yield "seconds", ", ".join(f"{name} {took:.0f}" for name, took in measured.seconds.items())
    yield "transfers", f"{world.transfers.height:,}"
    yield "addresses a snapshot", f"{measured.addresses.height / n_days:,.0f}"
    yield "alerts a day", f"{rows.height / n_days:,.0f}"
    yield "share true among alerted addresses", f"{_mean(alerted, 'is_true'):.2%}"
    yield "share true among alerts", f"{_mean(rows, 'is_true'):.2%}"
    yield "labelled share of alerts", f"{labelled.height / rows.height:.2%}"
    yield "positives among labelled alerts", f"{_mean(labelled, 'y'):.2%}"
    is_service, is_mixer = _services(world, labelled["address"])
    yield (
        "known services, mixers among labelled alerts",
        f"{is_service.sum() / labelled.height:.1%} {is_mixer.sum() / labelled.height:.1%}",
    )
    yield (
        "test: labelled alerts, positives, positive addresses",
        f"{test.height:,}, {positive.height:,}, {positive['address'].n_unique()}",
    )


def _scores(measured: Measured) -> Iterator[tuple[str, str]]:
    test = measured.rows.filter(split="test").with_columns(
        score_truth=pl.col("is_true").cast(pl.Float64)
    )
    is_service, is_mixer = _services(measured.world, test["address"])
    groups = {
        "all": test,
        "new": test.filter("is_new_address"),
        "no known services": test.filter(~is_service),
        "no mixers": test.filter(~is_mixer),
        "new, no mixers": test.filter(~is_mixer & test["is_new_address"]),
    }
    for target in ("y", "is_true"):
        for group, part in groups.items():
            known = part.drop_nulls(target)
            for name in ("score_truth", "score_rule", "score_model"):
                if target == "is_true" and name == "score_truth":
                    continue
                y = known[target].cast(pl.Int8).to_numpy()
                auc, precision = _metrics(y, known[name].to_numpy())
                yield (
                    f"{name} against {target}, {group} addresses: AUC, AP",
                    f"{auc:.3f} {precision:.3f}",
                )
    yield "best single features by AUC, all labelled alerts", _best_features(measured)


def _services(world: World, addresses: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Which of the addresses are services known from the start, and which are mixers."""
    known = world.labels.filter(pl.col("label").str.starts_with("known_"))
    mixers = known.filter(address_type="mixer")["address"]
    return addresses.is_in(known["address"].implode()), addresses.is_in(mixers.implode())


def _best_features(measured: Measured) -> str:
    known = measured.rows["y"].is_not_null()
    y = measured.rows.filter(known)["y"].to_numpy()
    features = measured.features.features.filter(known).drop(KEYS)
    areas = {}
    for name in features.columns:
        values = features[name].fill_null(strategy="zero").to_numpy()
        area = roc_auc_score(y, values)
        areas[name] = max(area, 1 - area)
    best = sorted(areas.items(), key=lambda item: -item[1])[:6]
    return ", ".join(f"{name} {area:.3f}" for name, area in best)


def _shortcuts(measured: Measured) -> Iterator[tuple[str, str]]:
    """Give the AUC, in folds by address, of what must not tell anything."""
    transfers = measured.world.transfers
    legs = pl.concat(
        [
            transfers.select("block_timestamp", "tx_id", address=side)
            for side in ("from_address", "to_address")
        ]
    )
    first = legs.group_by("address").agg(
        first_ts=pl.col("block_timestamp").min(),
        first_tx=pl.col("tx_id").sort_by("block_timestamp", "tx_id").first(),
    )
    labelled = (
        measured.rows.with_row_index("row_order")
        .drop_nulls("y")
        .join(first, on="address", how="left", maintain_order="left")
    )
    hashed = {
        name: labelled[name].str.strip_prefix("0x").str.slice(0, 12).str.to_integer(base=16)
        for name in ("address", "alert_id", "first_tx")
    }
    first_ts = labelled["first_ts"].cast(pl.Int64)
    shortcuts = hashed | {
        "row order": labelled["row_order"],
        "processing_date": labelled["processing_date"].to_physical(),
        "hour of first sight": first_ts % _DAY_MS,
        "first-seen date": first_ts // _DAY_MS,
    }
    y, groups = labelled["y"].to_numpy(), labelled["address"].to_numpy()
    for name, values in shortcuts.items():
        yield f"shortcut {name}: AUC in folds by address", f"{_fold_auc(values, y, groups):.3f}"


def _fold_auc(values: pl.Series, y: np.ndarray, groups: np.ndarray) -> float:
    X = values.cast(pl.Float64).to_numpy().reshape(-1, 1)
    areas = []
    for fit, held_out in GroupKFold(_FOLDS).split(X, y, groups):
        tree = DecisionTreeClassifier(max_depth=4, min_samples_leaf=50, random_state=0)
        score = tree.fit(X[fit], y[fit]).predict_proba(X[held_out])[:, -1]
        areas.append(_metrics(y[held_out], score)[0])
    return float(np.mean(areas))


def _shapes(measured: Measured) -> Iterator[tuple[str, str]]:
    degrees = measured.addresses["degree_total"]
    usd = measured.world.transfers["amount_usd"]
    mixers = measured.addresses.filter("is_mixer_like").select("processing_date").n_unique()
    yield "days on which some address is mixer-like", str(mixers)
    yield "degree p50, p95, p99, max", _quantiles(degrees, (0.5, 0.95, 0.99, 1.0))
    yield "tail exponent of the degree (Hill, highest 1 %)", f"{_tail_exponent(degrees):.2f}"
    yield "USD p5, p50, p95, p99", _quantiles(usd, (0.05, 0.5, 0.95, 0.99))
    ordered = usd.sort().to_numpy()
    rank = np.arange(1, len(ordered) + 1)
    gini = 2 * (rank * ordered).sum() / (len(ordered) * ordered.sum()) - 1 - 1 / len(ordered)
    yield "Gini of USD", f"{gini:.2f}"


def _tail_exponent(values: pl.Series) -> float:
    """Hill's estimate from the highest hundredth."""
    ordered = values.sort(descending=True).to_numpy().astype(np.float64)
    n = len(ordered) // 100
    return float(1 / np.mean(np.log(ordered[:n] / ordered[n])))


def _by_typology(measured: Measured) -> Iterator[tuple[str, str]]:
    rows, truth = measured.rows, measured.world.ground_truth
    n_days = measured.parameters.n_snapshots
    first_day = datetime.combine(measured.parameters.first_snapshot, datetime.min.time(), UTC)
    live = (first_day - timedelta(days=measured.parameters.window_days)).timestamp() * 1000
    true_rows = rows.filter("is_true")["address"].unique()
    schemes = (
        truth.filter(pl.col("end_ts") >= live)
        .group_by("typology")
        .agg(
            n_schemes=pl.col("scheme_id").n_unique(),
            n_addresses=pl.col("address").n_unique(),
            alerting=pl.col("address").unique().is_in(true_rows.implode()).mean(),
        )
        .sort("typology")
    )
    for row in schemes.iter_rows(named=True):
        yield (
            f"scheme {row['typology']}: schemes, addresses, alerting",
            f"{row['n_schemes']} {row['n_addresses']} {row['alerting']:.2f}",
        )
    rules = (
        rows.group_by("typology_type")
        .agg(
            a_day=pl.len() / n_days,
            true=pl.col("is_true").mean(),
            positive=pl.col("y").mean(),
            severity=pl.col("severity").cast(pl.String).is_in(["high", "critical"]).mean(),
        )
        .sort("typology_type")
    )
    for row in rules.iter_rows(named=True):
        positive = float("nan") if row["positive"] is None else row["positive"]
        yield (
            f"alert {row['typology_type']}: a day, true, positive, severe",
            f"{row['a_day']:.1f} {row['true']:.1%} {positive:.1%} {row['severity']:.0%}",
        )


def _metrics(y: np.ndarray, score: np.ndarray) -> tuple[float, float]:
    if len(set(y.tolist())) < 2:  # noqa: PLR2004 - both classes are needed
        return float("nan"), float("nan")
    return float(roc_auc_score(y, score)), float(average_precision_score(y, score))


def _quantiles(values: pl.Series, shares: tuple[float, ...]) -> str:
    return ", ".join(f"{values.cast(pl.Float64).quantile(share):,.0f}" for share in shares)


def _mean(rows: pl.DataFrame, column: str) -> float:
    return float(rows[column].cast(pl.Float64).mean() or 0.0)


if __name__ == "__main__":
    main()
