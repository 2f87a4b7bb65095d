"""Labels dealt out to addresses at random: whoever predicts them knows addresses, not behaviour."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from alertmill.errors import OneClassError, TooFewSnapshotsError
from alertmill.training.data.inputs import to_matrix
from alertmill.training.data.rows import LabelledRows
from alertmill.training.data.splits import TimeAddressFolds
from alertmill.training.leaks.area import ranked_above, variance
from alertmill.training.leaks.findings import CheckName, CheckResult, Finding
from alertmill.training.leaks.subject import Subject, Votes
from alertmill.training.models.boosting import BoosterSettings, FittedBooster
from alertmill.training.models.datasets import datasets_of
from alertmill.training.models.hyperparameters import Hyperparameters

_PERMUTATIONS = 3
_ALERTS_PER_ADDRESS = 8
"""More rows of an address say little new, and would make large runs slow."""
_Z = 3.29
"""Of a two-sided interval at 99.9 %: a run a day must not stop by chance every few weeks."""
_QUICK = Hyperparameters(
    learning_rate=0.2,
    num_leaves=31,
    min_data_in_leaf=5,
    feature_fraction=0.5,
    n_estimators=25,
)
"""Deep enough to learn addresses by heart where the folds allow it."""


def check_permuted(subject: Subject) -> CheckResult:
    """Fit quick models on permuted labels, on the folds that the search uses.

    A model cannot predict them on other addresses. One that does has met the addresses before:
    the folds, or the addresses themselves, are not what they seem.
    """
    rows = _thin(subject.labelled)
    folds = TimeAddressFolds(subject.n_folds, embargo_days=subject.embargo_days)
    try:
        pairs = list(folds.split(rows.X, rows.y, rows.keys))
    except (OneClassError, TooFewSnapshotsError) as error:
        return CheckResult(check=CheckName.PERMUTED, scope=f"no folds: {error}", is_done=False)
    rng = np.random.default_rng(subject.seed)
    measured = [
        _measure(shuffled.take(fit), shuffled.take(held_out), subject)
        for shuffled in (_permute(rows, rng) for _ in range(_PERMUTATIONS))
        for fit, held_out in pairs
    ]
    usable = [m for m in measured if m is not None]
    if not usable:
        scope = "the permuted labels left one class only in every fold"
        return CheckResult(check=CheckName.PERMUTED, scope=scope, is_done=False)
    mean = float(np.mean([area for area, _ in usable]))
    half = _Z * math.sqrt(sum(spread for _, spread in usable)) / len(usable)
    interval = f"ROC AUC {mean:.3f} ({mean - half:.3f} to {mean + half:.3f}, 99.9 %)"
    scope = f"{len(usable)} fits on {len(rows.y):,} labelled training alerts: {interval}"
    findings = () if mean - half <= 0.5 else (_finding(interval, mean),)  # noqa: PLR2004 - chance
    return CheckResult(check=CheckName.PERMUTED, findings=findings, scope=scope)


def _measure(
    train: LabelledRows, held_out: LabelledRows, subject: Subject
) -> tuple[float, float] | None:
    """ROC AUC on the held-out addresses and its variance under chance; None with one class."""
    votes = Votes.of(held_out.keys["address"], held_out.y == 1)
    positives, negatives = (len(np.unique(votes.unit[is_in])) for is_in in (votes.y, ~votes.y))
    if not positives or not negatives or len(np.unique(train.y)) == 1:
        return None
    codes = [name for name in train.X.columns if name in subject.categorical]
    datasets = datasets_of(train, held_out, codes, max_bin=_QUICK.max_bin)
    growing = datasets.start(_QUICK, BoosterSettings(seed=subject.seed, n_threads=1))
    for _ in range(_QUICK.n_estimators):
        growing.grow()
    fitted = FittedBooster.of(growing.text(_QUICK.n_estimators), 1)
    scores = fitted.log_odds(to_matrix(held_out.X, train.X.columns))
    area = ranked_above(scores, votes) / (positives * negatives)
    return area, variance(0.5, positives, negatives)


def _thin(rows: LabelledRows) -> LabelledRows:
    """Keep some alerts of every address, spread over its days."""
    number = pl.int_range(pl.len()).over("address")
    step = (pl.len().over("address") / _ALERTS_PER_ADDRESS).ceil().cast(pl.Int64)
    return rows.take(rows.keys.select((number % step == 0).arg_true()).to_series().to_numpy())


def _permute(rows: LabelledRows, rng: np.random.Generator) -> LabelledRows:
    """Deal the labels of the addresses out anew; an address keeps one label for all its alerts."""
    addresses, place = np.unique(rows.keys["address"].to_numpy(), return_inverse=True)
    y = np.zeros(len(addresses), dtype=rows.y.dtype)
    np.maximum.at(y, place, rows.y)
    return LabelledRows(rows.X, rng.permutation(y)[place], rows.weight, rows.keys)


def _finding(interval: str, mean: float) -> Finding:
    return Finding(
        check=CheckName.PERMUTED,
        feature=None,
        reason="labels dealt out at random were predicted: training and held-out alerts share "
        "addresses, or features that give them away",
        evidence=interval,
        value=mean,
        limit=0.5,
    )
