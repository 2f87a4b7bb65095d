"""Every number that opens a report, and those of the first page, made again by other libraries."""

from __future__ import annotations

import re
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pytest
from optuna.trial import TrialState
from scipy.special import expit
from sklearn.metrics import brier_score_loss, roc_auc_score

from tests.e2e.demo.recomputing import (
    KEYS,
    Folder,
    average_precision,
    calibrated,
    difference_interval,
    interval,
    labelled,
    new_addresses,
    opened,
    precision_at,
    recall_at,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
_ENDS = re.compile(r"([+-]?\d+\.\d+) to ([+-]?\d+\.\d+)")


@pytest.fixture(scope="module")
def folder(demo_run: Path) -> Folder:
    """Return the folder of the demo's run."""
    return Folder(demo_run)


def is_near(text: str, expected: tuple[float, float]) -> bool:
    """Whether the ends in a text are those of other draws, up to what draws differ by."""
    found = _ENDS.search(text)
    assert found is not None, text
    ends = float(found[1]), float(found[2])
    slack = 0.15 * (expected[1] - expected[0])
    return all(abs(one - other) < slack for one, other in zip(ends, expected, strict=True))


def test_lightgbm_alone_gives_the_scores_of_the_run(folder: Folder) -> None:
    log_odds = folder.log_odds("model", folder.test)
    scores = calibrated(folder.document("model/calibrator.json"), log_odds)

    assert folder.test["raw_score"].to_numpy() == pytest.approx(expit(log_odds), abs=1e-12)
    assert folder.test["score"].to_numpy() == pytest.approx(scores, abs=1e-12)


def test_report_01_counts_days_labels_and_confirmed_addresses(folder: Folder) -> None:
    targets, asked = folder.targets, folder.document("parameters.json")
    n_days = len(pd.date_range(asked["start_date"], asked["end_date"]))
    confirmed = targets[targets["y"] == 1].groupby("split", observed=True)["address"].nunique()
    known = labelled(targets)

    assert folder.numbers("01") == {
        "days with alerts": f"{targets['processing_date'].nunique()} of {n_days}",
        "alerts with a label": f"{100 * len(known) / len(targets):.0f} %",
        "confirmed addresses of the test": f"{confirmed['test']:,}",
    }
    bases = folder.bases("01")
    assert bases["alerts with a label"].startswith(f"{len(known):,} of {len(targets):,} alerts")
    expected = f"{confirmed['train']:,} in train, {confirmed['validation']:,} in validation"
    assert expected == bases["confirmed addresses of the test"]


def test_report_02_counts_features(folder: Folder) -> None:
    is_train = (folder.targets["split"] == "train").to_numpy()
    values = folder.features.drop(columns=KEYS)
    catalogue = folder.document("features/catalogue.json")["features"]
    learned = values[is_train]
    n_constant = (learned.min() == learned.max()).sum() + learned.isna().all().sum()

    assert folder.numbers("02") == {
        "features": f"{values.shape[1]:,}",
        "constant in training": f"{n_constant:,}",
        "values refused": f"{folder.frame('features/refused.parquet')['n_alerts'].sum():,.0f}",
    }
    bases = folder.bases("02")
    assert f"in {len({one['group'] for one in catalogue})} groups" == bases["features"]
    assert f"over {is_train.sum():,} training alerts" == bases["constant in training"]


def test_report_03_counts_trees_and_measures_validation(folder: Folder) -> None:
    text = str(folder.path / "model/development/model.txt")
    n_trees = lightgbm.Booster(model_file=text).num_trees()
    rows = labelled(folder.targets[folder.targets["split"] == "validation"])
    scored = rows.assign(score=folder.log_odds("model/development", rows))
    last = folder.targets.loc[folder.targets["split"] == "validation", "processing_date"].max()
    learned = labelled(folder.targets[folder.targets["processing_date"] <= last])

    assert folder.numbers("03") == {
        "trees kept": f"{n_trees:,}",
        "average precision on validation": f"{average_precision('score')(scored, None):.3f}",
        "training alerts of the model": f"{len(learned):,}",
    }
    bases = folder.bases("03")
    expected = f"{int(rows['y'].sum()):,} confirmed of {len(rows):,} alerts; "
    assert bases["average precision on validation"].startswith(expected)
    assert bases["training alerts of the model"].startswith(f"{int(learned['y'].sum()):,} confirm")


def test_report_04_counts_trials_and_averages_folds_and_seeds(folder: Folder) -> None:
    choice, trials = folder.document("tuning/choice.json"), folder.study_trials()
    seeds = folder.frame("tuning/seeds.parquet")
    own, others = seeds[seeds["is_search_seed"]], seeds[~seeds["is_search_seed"]]
    by_seed = others.pivot_table(index="seed", columns="candidate", values="value")
    gains = by_seed["chosen"] - by_seed["default"]
    n_complete = sum(trial.state == TrialState.COMPLETE for trial in trials)
    shipped = "chosen" if _is_proven(others, folder.frame("tuning/folds.parquet")) else "default"
    values = own.set_index("candidate")["fold_values"][shipped]

    assert folder.numbers("04") == {
        "gain over the defaults that lasts": f"{gains.mean():+.3f}",
        "trials that were completed": f"{n_complete:,}",
        "average precision of what ships over the folds": f"{np.mean(values):.3f}",
    }
    best = own.set_index("candidate")["fold_values"]["chosen"]
    assert np.mean(best) == pytest.approx(choice["best_value"], abs=1e-12)
    bases = folder.bases("04")
    ends = f"{gains.min():+.3f} to {gains.max():+.3f}"
    assert bases["gain over the defaults that lasts"].endswith(ends)
    assert bases["trials that were completed"].startswith(f"of {len(trials)} trials begun")


def _is_proven(seeds: pd.DataFrame, folds: pd.DataFrame) -> bool:
    """Whether the gain with other seeds is above its corrected standard error (ADR 0025)."""
    values = {
        name: np.stack(list(part["fold_values"])) for name, part in seeds.groupby("candidate")
    }
    differences = (values["chosen"] - values["default"]).ravel()
    share = (folds["validation_n_alerts"] / folds["train_n_alerts"]).mean()
    error = np.sqrt((1 / len(differences) + share) * differences.var(ddof=1))
    return bool(differences.mean() > error)


def test_report_05_measures_the_queue_and_the_order(folder: Folder) -> None:
    test, known = folder.test, labelled(folder.test)
    taken = opened(test, folder.budget)
    n_labelled, n_true = taken[test["y"].notna()].sum(), taken[test["y"] == 1].sum()
    fresh = labelled(new_addresses(test))
    metric = average_precision("score")

    assert folder.numbers("05") == {
        f"precision of {folder.budget} alerts a day": f"{n_true / n_labelled:.3f}",
        "average precision, new addresses": f"{metric(fresh, None):.3f}",
        "precision of a random order": f"{known['y'].mean():.3f}",
    }
    basis = folder.bases("05")["average precision, new addresses"]
    assert is_near(basis, interval(fresh, metric))
    counts = f"{int(fresh['y'].sum())} confirmed of {len(fresh):,} alerts"
    assert counts in basis
    opened_in_all = round(taken.sum())
    said = folder.answer("05")["sentences"]
    assert (
        f"Of the {opened_in_all} alerts opened in {test['processing_date'].nunique()} test days, "
        f"{round(n_labelled)} carry a label and {round(n_true)} of these are true: "
        f"{100 * n_true / n_labelled:.0f} % of the labelled, and between "
        f"{100 * n_true / opened_in_all:.0f} and "
        f"{100 * (n_true + opened_in_all - n_labelled) / opened_in_all:.0f} % of all that were "
        "opened."
    ) == said[0]
    a_day = (test["score"] >= folder.threshold).groupby(test["processing_date"]).sum()
    flags = f"flags {a_day.mean():.0f} alerts a test day ({a_day.min()} to {a_day.max()})"
    assert f"The threshold {folder.threshold:.3f} {flags}" in said[1]


@pytest.mark.parametrize(
    ("name", "column"),
    [("rule score", "score_rule"), ("logistic regression", "score_logistic")],
)
def test_report_06_measures_differences_on_new_addresses(
    folder: Folder, name: str, column: str
) -> None:
    fresh = labelled(new_addresses(folder.test))
    own, rival = average_precision("score"), average_precision(column)
    title = f"average precision over {name}"

    assert f"{own(fresh, None) - rival(fresh, None):+.3f}" == folder.numbers("06")[title]
    assert is_near(folder.bases("06")[title], difference_interval(fresh, own, rival))


def test_report_07_sums_contributions(folder: Folder) -> None:
    table = folder.frame("evaluation/contributions.parquet")
    booster = lightgbm.Booster(model_file=str(folder.path / "model/model.txt"))
    values = booster.predict(folder.matrix("model", table), pred_contrib=True)
    names = folder.document("model/metadata.json")["feature_names"]
    share = pd.Series(np.abs(np.asarray(values)[:, :-1]).mean(axis=0), index=names)
    share = (share / share.sum()).sort_values(ascending=False)
    group_of = {
        one["name"]: one["group"] for one in folder.document("features/catalogue.json")["features"]
    }
    groups = share.groupby(group_of).sum().sort_values(ascending=False)

    assert folder.numbers("07") == {
        f"contribution of the feature {share.index[0]}": f"{100 * share.iloc[0]:.0f} %",
        "contribution of the 10 strongest features": f"{100 * share.iloc[:10].sum():.0f} %",
        f"contribution of the group {groups.index[0]}": f"{100 * groups.iloc[0]:.0f} %",
    }
    assert table[names].to_numpy() == pytest.approx(np.asarray(values)[:, :-1], abs=1e-9)


def test_report_08_measures_mistakes_at_the_threshold(folder: Folder) -> None:
    known = labelled(folder.test)
    precision, recall = precision_at(folder.threshold), recall_at(folder.threshold)
    is_true = folder.test["y"] == 1
    found = opened(folder.test, folder.budget)[is_true].sum() / is_true.sum()

    assert folder.numbers("08") == {
        "precision at the threshold": f"{precision(known, None):.3f}",
        "recall at the threshold": f"{recall(known, None):.3f}",
        "recall at the budget": f"{found:.3f}",
    }
    assert is_near(folder.bases("08")["recall at the threshold"], interval(known, recall))
    missed = known[(known["y"] == 1) & (known["score"] < folder.threshold)]
    false = known[(known["y"] == 0) & (known["score"] >= folder.threshold)]
    said = folder.answer("08")["sentences"]
    n_true, n_addresses = int(known["y"].sum()), false["address"].nunique()
    assert said[0].startswith(f"{len(false)} of {len(known) - n_true:,} cleared alerts were flag")
    assert f" at {n_addresses} address" in said[0]
    n_missing = missed["address"].nunique()
    busiest = missed["address"].value_counts().head(10).sum() / len(missed)
    assert said[1] == (
        f"{len(missed)} of {n_true} confirmed alerts were missed, at {n_missing} addresses; the "
        f"ten addresses with most of them make up {100 * busiest:.0f} %."
    )


@pytest.mark.parametrize("population", ["all", "new"])
def test_the_first_page_has_the_same_numbers(folder: Folder, population: str) -> None:
    test = folder.test if population == "all" else new_addresses(folder.test)
    known, page = labelled(test), (folder.path / "reports/index.html").read_text(encoding="utf-8")
    y = known["y"].astype(int)
    metric = average_precision("score")(known, None)
    stored = {
        entry["metric"]: entry["value"]
        for entry in folder.document("evaluation/metrics.json")["metrics"]
        if (entry["model"], entry["split"], entry["segment"])
        == ("model", f"test_{population}", "all")
    }

    assert re.search(rf"verage precision [^;.]*{metric:.3f} \(", page)
    assert stored["average_precision"] == pytest.approx(metric, abs=1e-12)
    assert stored["roc_auc"] == pytest.approx(roc_auc_score(y, known["score"]), abs=1e-12)
    assert stored["brier_score"] == pytest.approx(brier_score_loss(y, known["score"]), abs=1e-12)
