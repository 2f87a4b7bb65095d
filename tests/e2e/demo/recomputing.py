"""Numbers of a run made again from its folder by pandas, scikit-learn, scipy, LightGBM and Optuna.

Nothing of the package is imported: what is wrong there cannot be wrong here in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import optuna
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import t as student_t
from sklearn.metrics import average_precision_score, precision_score, recall_score

KEYS = ["processing_date", "address", "alert_id"]
ANSWER = "application/vnd.alertmill.answer+json"
Metric = Callable[[pd.DataFrame, "np.ndarray | None"], float]
"""Of labelled alerts and how often each counts."""


@dataclass(frozen=True)
class Folder:
    """A run folder, read without the package that wrote it."""

    path: Path

    def frame(self, name: str) -> pd.DataFrame:
        """Read a table."""
        return pd.read_parquet(self.path / name)

    def document(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Read a JSON file."""
        return json.loads((self.path / name).read_text(encoding="utf-8"))

    @cached_property
    def targets(self) -> pd.DataFrame:
        """Every alert with its label and range."""
        return self.frame("features/targets.parquet")

    @cached_property
    def features(self) -> pd.DataFrame:
        """Keys and features of every alert."""
        return self.frame("features/features.parquet")

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """Validation and test alerts with their scores."""
        return self.frame("evaluation/predictions.parquet")

    @cached_property
    def test(self) -> pd.DataFrame:
        """Alerts of the test."""
        return self.predictions.query("split == 'test'")

    @cached_property
    def threshold(self) -> float:
        """Lowest score that is flagged."""
        return float(self.document("evaluation/metrics.json")["threshold"])

    @cached_property
    def budget(self) -> int:
        """Alerts opened a day."""
        return int(self.document("parameters.json")["review_budget"])

    def answer(self, number: str) -> dict[str, Any]:
        """Return the answer that opens a report."""
        (path,) = (self.path / "notebooks").glob(f"{number}_*.ipynb")
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", ()):
                if ANSWER in output.get("data", {}):
                    return dict(output["data"][ANSWER])
        raise AssertionError(f"{path.name} has no answer")

    def numbers(self, number: str) -> dict[str, str]:
        """Return the key numbers of a report: name to value."""
        return {one["name"]: one["value"] for one in self.answer(number)["numbers"]}

    def bases(self, number: str) -> dict[str, str]:
        """Return what the key numbers of a report rest on: name to interval and counts."""
        return {one["name"]: one["basis"] for one in self.answer(number)["numbers"]}

    def log_odds(self, model: str, alerts: pd.DataFrame) -> np.ndarray:
        """Let LightGBM itself score alerts by the trees of a model."""
        booster = lightgbm.Booster(model_file=str(self.path / model / "model.txt"))
        return np.asarray(booster.predict(self.matrix(model, alerts), raw_score=True))

    def matrix(self, model: str, alerts: pd.DataFrame) -> np.ndarray:
        """Return the features of alerts in the order in which a model reads them."""
        names = self.document(f"{model}/metadata.json")["feature_names"]
        rows = alerts[KEYS].merge(self.features, on=KEYS, how="left", validate="1:1")
        return np.asarray(rows[names].to_numpy(dtype=np.float64))

    def study_trials(self) -> list[optuna.trial.FrozenTrial]:
        """Return the trials of all searches from Optuna's own storage."""
        storage = f"sqlite:///{self.path / 'tuning/study.db'}"
        names = optuna.get_all_study_names(storage)
        return [
            trial
            for name in names
            for trial in optuna.load_study(study_name=name, storage=storage).trials
        ]


def labelled(alerts: pd.DataFrame) -> pd.DataFrame:
    """Keep what review has decided."""
    return alerts[alerts["y"].notna()]


def new_addresses(alerts: pd.DataFrame) -> pd.DataFrame:
    """Keep addresses that the model has not seen."""
    return alerts[alerts["is_new_address"].astype(bool)]


def calibrated(calibrator: dict[str, Any], log_odds: np.ndarray) -> np.ndarray:
    """Apply a sigmoid calibrator."""
    assert calibrator["kind"] == "sigmoid"
    return np.asarray(expit(calibrator["slope"] * log_odds + calibrator["intercept"]))


def average_precision(score: str) -> Metric:
    """Return scikit-learn's average precision of a column of scores."""

    def compute(alerts: pd.DataFrame, weights: np.ndarray | None) -> float:
        return float(
            average_precision_score(alerts["y"].astype(int), alerts[score], sample_weight=weights)
        )

    return compute


def precision_at(threshold: float) -> Metric:
    """Return scikit-learn's precision at a threshold."""

    def compute(alerts: pd.DataFrame, weights: np.ndarray | None) -> float:
        return float(
            precision_score(
                alerts["y"].astype(int), alerts["score"] >= threshold, sample_weight=weights
            )
        )

    return compute


def recall_at(threshold: float) -> Metric:
    """Return scikit-learn's recall at a threshold."""

    def compute(alerts: pd.DataFrame, weights: np.ndarray | None) -> float:
        return float(
            recall_score(
                alerts["y"].astype(int), alerts["score"] >= threshold, sample_weight=weights
            )
        )

    return compute


def opened(alerts: pd.DataFrame, budget: int) -> pd.Series:
    """Return how much of each alert a day's queue takes; alerts of one score share its places."""
    taken = pd.Series(0.0, index=alerts.index)
    for _, day in alerts.groupby("processing_date"):
        left = float(budget)
        for _, tie in sorted(day.groupby("score"), reverse=True):
            share = min(left, len(tie)) / len(tie)
            taken.loc[tie.index] = share
            left -= share * len(tie)
    return taken


def interval(alerts: pd.DataFrame, metric: Metric, *, n_draws: int = 200) -> tuple[float, float]:
    """Draw addresses with replacement, and put a t interval on the logit around a metric."""
    value = metric(alerts, None)
    draws = _draws(alerts, [metric], n_draws)[:, 0]
    half = np.std(logit(np.clip(draws, 0.1 * value, 1 - 0.1 * (1 - value))), ddof=1)
    half *= _quantile(alerts)
    return float(expit(logit(value) - half)), float(expit(logit(value) + half))


def difference_interval(
    alerts: pd.DataFrame, own: Metric, rival: Metric, *, n_draws: int = 200
) -> tuple[float, float]:
    """Put a t interval around own minus rival, both on the same draws of addresses."""
    value = own(alerts, None) - rival(alerts, None)
    drawn = _draws(alerts, [own, rival], n_draws)
    half = np.std(drawn[:, 0] - drawn[:, 1], ddof=1) * _quantile(alerts)
    return value - half, value + half


def _draws(alerts: pd.DataFrame, metrics: list[Metric], n_draws: int) -> np.ndarray:
    codes, names = pd.factorize(alerts["address"])
    random = np.random.default_rng(2024)
    rows = []
    for _ in range(n_draws):
        counts = random.multinomial(len(names), np.full(len(names), 1 / len(names)))[codes]
        rows.append([metric(alerts[counts > 0], counts[counts > 0]) for metric in metrics])
    return np.array(rows)


def _quantile(alerts: pd.DataFrame) -> float:
    rarer = min(alerts.loc[alerts["y"] == y, "address"].nunique() for y in (0, 1))
    return float(student_t.ppf(0.975, rarer - 1))
