"""A made-up stream of alerts with a known truth: addresses that alert on some days, and outcomes.

Frequent addresses differ from rare ones, as exchanges differ from private people: whoever compares
a day with the addresses of a training without regard to this finds drift on every quiet day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from alertmill.evaluation.reports import MetricValue
from alertmill.monitoring.realised import PROMISED, realise
from alertmill.monitoring.watched import (
    UNKNOWN_COUNTS,
    Watched,
    WatchedModel,
    WatchedRange,
    representatives,
)
from alertmill.training.features.catalogue import FeatureCatalogue
from alertmill.vocabulary import ModelType

START = date(2025, 1, 1)
N_NUMBERS = 30
NUMBERS = tuple(f"x{i:02d}" for i in range(N_NUMBERS))
CODE = "kind"
N_ADDRESSES = 2_400
"""Of which about 300 alert on a day."""
TRAIN_DAYS, TEST_DAYS, PAST_DAYS = 40, 10, 14
OUTCOME_AGE = timedelta(days=7)
BUDGET = 15
Change = Callable[[pl.DataFrame], pl.DataFrame]


def catalogue() -> FeatureCatalogue:
    """Declare the numbers and the code."""
    words = {
        "description": "What it is.",
        "lowest": None,
        "highest": None,
        "sources": (),
        "latest": "the end of its window",
        "reads_labels_of_others": False,
        "missing_means": "never missing",
    }
    numbers = [{"name": name, "group": "network", "monotone": 1} for name in NUMBERS]
    code = {"name": CODE, "group": "alert", "kind": "categorical", "categories": ("a", "b", "c")}
    return FeatureCatalogue.model_validate({"features": [d | words for d in [*numbers, code]]})


def alerts(
    rng: np.random.Generator, *, first: date, n_days: int, alerts_per_address: int = 1
) -> pl.DataFrame:
    """Draw the alerts of new addresses on some days: keys, features, score and truth."""
    own = rng.normal(size=(N_ADDRESSES, N_NUMBERS))
    rate = 0.25 / (1 + np.exp(-1.5 * own[:, 0]))
    code = rng.integers(0, 3, N_ADDRESSES).astype(float)
    risk = 1 / (1 + np.exp(1.5 - 1.2 * own[:, 1] - own[:, 2]))
    truth = (rng.random(N_ADDRESSES) < risk).astype(np.int8)
    day, address = np.nonzero(rng.random((n_days, N_ADDRESSES)) < rate)
    day, address = (np.repeat(part, alerts_per_address) for part in (day, address))
    values = own[address] + 0.1 * rng.normal(size=(len(address), N_NUMBERS))
    prefix = f"{rng.integers(10**9)}-"
    return pl.DataFrame(
        {
            "processing_date": [first + timedelta(days=int(d)) for d in day],
            "address": [f"{prefix}{a}" for a in address],
            "alert_id": [f"{i}" for i in range(len(address))],
            **dict(zip(NUMBERS, values.T, strict=True)),
            CODE: code[address],
            "score": risk[address],
            "truth": truth[address],
        }
    )


@dataclass(frozen=True)
class Stream:
    """A training with what it promised, to watch days against."""

    trained: pl.DataFrame
    trained_scores: pl.DataFrame
    model: WatchedModel
    alerts_per_address: int

    @classmethod
    def draw(cls, rng: np.random.Generator, *, alerts_per_address: int = 1) -> Stream:
        """Draw a training and a test."""
        drawn = [
            alerts(rng, first=first, n_days=n_days, alerts_per_address=alerts_per_address)
            for first, n_days in ((START, TRAIN_DAYS), (START + timedelta(days=40), TEST_DAYS))
        ]
        train, test = drawn
        model = WatchedModel(
            model_id="m",
            version="1.0.0",
            run_id="r",
            model_type=ModelType.ALERT_SCORER,
            trained_until=START + timedelta(days=TRAIN_DAYS - 1),
            promised_from=START + timedelta(days=TRAIN_DAYS + TEST_DAYS),
            promises=(),
            bias_tolerance=0.1,
            label_strategy="address_label",
            catalogue=catalogue(),
            gain=dict.fromkeys(NUMBERS, 1.0),
        )
        stream = cls(
            representatives(train.drop("score", "truth"), seed=1),
            representatives(test.select("processing_date", "address", "alert_id", "score"), seed=1),
            model,
            alerts_per_address,
        )
        seen = stream.watch(rng, rows=test)
        promises = tuple(_promise(seen, name, metric) for name, metric in PROMISED.items())
        return replace(stream, model=model.model_copy(update={"promises": promises}))

    def watch(
        self,
        rng: np.random.Generator,
        *,
        change: Change = lambda rows: rows,
        rows: pl.DataFrame | None = None,
    ) -> Watched:
        """Watch the last of some days of new addresses; ``change`` happens to that day alone."""
        first = START + timedelta(days=60)
        if rows is None:
            rows = alerts(
                rng,
                first=first,
                n_days=PAST_DAYS + 1,
                alerts_per_address=self.alerts_per_address,
            )
        day = rows["processing_date"].max()
        assert isinstance(day, date)
        is_now = pl.col("processing_date") == day
        past, now = rows.filter(~is_now), change(rows.filter(is_now))
        days = (
            pl.concat([past, now])
            .group_by("processing_date")
            .agg(n_alerts=pl.len(), n_addresses=pl.col("address").n_unique())
            .select(
                "processing_date",
                pl.col("n_alerts", "n_addresses").cast(pl.Int64),
                is_watched=pl.col("processing_date") == day,
            )
            .sort("processing_date")
        )
        features = [*NUMBERS, CODE]
        keys = ["processing_date", "address", "alert_id"]
        return Watched(
            self.model,
            WatchedRange(first=day, last=day, seed=3),
            trained=self.trained,
            past=representatives(past.select(*keys, *features), seed=3),
            now=representatives(now.select(*keys, *features), seed=3),
            trained_scores=self.trained_scores,
            now_scores=representatives(now.select(*keys, "score"), seed=3),
            days=days,
            unknown=pl.DataFrame(schema=UNKNOWN_COUNTS),
            outcomes=outcomes_of(past.filter(pl.col("processing_date") >= day - OUTCOME_AGE)),
        )


def outcomes_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return scored alerts of which every one is labelled, and the queue is decided."""
    in_queue = pl.col("score").rank("ordinal", descending=True).over("processing_date") <= BUDGET
    return rows.select(
        "processing_date",
        "address",
        "alert_id",
        "score",
        is_in_queue=in_queue,
        is_sampled=pl.lit(value=False),
        review_probability=pl.when(in_queue).then(1.0).otherwise(0.03),
        y="truth",
        y_decided=pl.when(in_queue).then("truth"),
    )


def _promise(seen: Watched, name: str, metric: str) -> MetricValue:
    found = realise(seen, name)
    return MetricValue(
        model="model",
        split="test_all",
        metric=metric,
        value=found.value,
        ci_low=found.low,
        ci_high=found.high,
        n_rows=found.n_alerts,
        n_addresses=found.n_addresses,
        n_positives=1,
        note=found.note,
    )
