"""The sentences that open the reports, over nothing, one, many and ties."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.answers.of_comparison import difference_numbers, standings_sentence
from alertmill.answers.of_data import data_sentence, label_sentence
from alertmill.answers.of_features import leak_sentence, soundness_sentence
from alertmill.answers.of_importance import group_sentence, strongest_sentence
from alertmill.answers.of_search import folds_sentence
from alertmill.answers.of_training import fit_sentence, variants_sentence
from alertmill.evaluation.comparison import compare
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.reports import Comparison
from alertmill.tables.training import curve_summary
from alertmill.training.leaks import CheckName, CheckResult, Finding, LeakReport
from tests.evaluation.factories import make_predictions
from tests.tables.factories import make_curve, make_tuning, make_variants


def balance(*confirmed_addresses: int, n_confirmed: int = 5, n_cleared: int = 15) -> pl.DataFrame:
    splits = ["train", "validation", "test"][: len(confirmed_addresses)]
    return pl.DataFrame(
        {
            "split": splits,
            "n_alerts": [100] * len(splits),
            "n_confirmed": [n_confirmed] * len(splits),
            "n_cleared": [n_cleared] * len(splits),
            "confirmed_addresses": list(confirmed_addresses),
        }
    )


def test_data_without_a_concern_are_said_to_be_enough() -> None:
    told = data_sentence(balance(90, 20, 57), n_days=60, n_asked=60)

    assert told.startswith("Nothing speaks against training on these data: each of 60 days")
    assert told.endswith("have 20 confirmed addresses or more.")


def test_every_concern_about_the_data_is_told() -> None:
    told = data_sentence(balance(90, 19, 1), n_days=58, n_asked=60)

    assert (
        "The data allow a first look only: only 58 of 60 days have alerts, validation has 19 "
        "confirmed addresses and test has 1 confirmed address." == told
    )


def test_a_split_without_alerts_has_no_confirmed_address() -> None:
    assert "test has 0 confirmed addresses" in data_sentence(balance(90, 30), n_days=3, n_asked=3)


def test_labels_are_counted_of_all_and_of_the_labelled() -> None:
    assert (
        "Of 300 alerts, 60 carry a label (20 %), and 15 of these are confirmed (25.0 %)."
        == label_sentence(balance(9, 9, 9))
    )
    assert "None of 300 alerts carries a label." == label_sentence(
        balance(0, 0, 0, n_confirmed=0, n_cleared=0)
    )


def finding(name: str) -> Finding:
    return Finding(check=CheckName.NAMES, feature=name, reason="its name", evidence="label")


@pytest.mark.parametrize(
    ("n_findings", "overruled", "told"),
    [
        (0, 0, "The leak screen found nothing in 1 check; 1 check could not be done."),
        (1, 1, "made 1 finding in 1 check, of which 1 was overruled by name; 1 check"),
        (3, 2, "made 3 findings in 1 check, of which 2 were overruled by name; 1 check"),
    ],
)
def test_the_leak_screen_tells_what_it_found(n_findings: int, overruled: int, told: str) -> None:
    found = tuple(finding(f"f{n}") for n in range(n_findings))
    screen = LeakReport(
        checks=(
            CheckResult(check=CheckName.NAMES, findings=found, scope="3 names"),
            CheckResult(check=CheckName.FUTURE, scope="no days", is_done=False),
        ),
        overruled={f"f{n}": "asked for" for n in range(overruled)},
    )

    assert told in leak_sentence(screen)


@pytest.mark.parametrize(
    ("n_distinct", "n_refused", "told"),
    [
        ([2, 2], 0, "none is constant in training and none is missing in more than half"),
        ([1, 2], 1, "1 is constant in training and none is missing"),
        ([1, 0], 7, "2 are constant in training and none is missing"),
    ],
)
def test_the_features_are_told_sound_or_not(
    n_distinct: list[int], n_refused: int, told: str
) -> None:
    features = pl.DataFrame({"n_distinct": n_distinct, "missing_share": [0.5, 0.1]})
    refused = {0: "no value was refused.", 1: "1 value was refused.", 7: "7 values were refused."}

    sentence = soundness_sentence(features, n_refused)

    assert told in sentence
    assert sentence.endswith(refused[n_refused])


def test_the_fit_is_told_at_the_trees_that_were_kept() -> None:
    summary = curve_summary(make_curve(), best_iteration=25)

    assert (
        "Early stopping kept 25 of 40 trees: average precision on validation is 0.500, where "
        "training has 0.800." == fit_sentence(summary, kept=25, tried=40)
    )


def test_a_fit_that_used_every_tree_might_have_gone_on() -> None:
    summary = curve_summary(make_curve(best_iteration=40), best_iteration=40)

    assert "All 40 trees are kept, and more might have been better" in fit_sentence(
        summary, kept=40, tried=40
    )


def test_a_fit_without_a_measured_validation_says_so() -> None:
    nothing = curve_summary(make_curve(), best_iteration=25).clear()

    assert "validation could not be measured" in fit_sentence(nothing, kept=25, tried=40)


def test_variants_above_the_model_are_counted_and_none_is_called_better() -> None:
    told = variants_sentence(make_variants())

    assert "has 0.410 and 2 variants have 0.220 to 0.440; 1 of them lies above it" in told
    assert told.endswith("no interval says by more than chance.")


@pytest.mark.parametrize("names", [["this model"], ["deep trees"], []])
def test_without_a_second_variant_nothing_is_compared(names: list[str]) -> None:
    variants = make_variants().filter(pl.col("name").is_in(names))

    assert "No other choice was measured on the same validation rows." == variants_sentence(
        variants
    )


def test_folds_stand_beside_new_addresses_only() -> None:
    tuning = make_tuning()
    evaluation = evaluate(make_predictions(), review_budget=5, n_bootstrap=20, seed=1)
    entry = evaluation.get("model", "average_precision", split="test_new")

    assert entry.text in folds_sentence(tuning, evaluation)
    assert "test" not in folds_sentence(tuning, None)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(make_predictions(), review_budget=5, n_bootstrap=60, seed=7)


def judged(comparison: Comparison, *, p_adjusted: float | None, sign: float) -> Comparison:
    entries = tuple(
        entry.model_copy(update={"p_adjusted": p_adjusted, "difference": sign * 0.1})
        for entry in comparison.differences
    )
    return comparison.model_copy(update={"differences": entries})


@pytest.mark.parametrize(
    ("p_adjusted", "sign", "words"),
    [(0.01, 1, "proven better than"), (0.01, -1, "proven worse than"), (0.3, 1, "not told apart")],
)
def test_every_rival_is_named_with_what_is_proven(
    comparison: Comparison, p_adjusted: float, sign: float, words: str
) -> None:
    told = standings_sentence(judged(comparison, p_adjusted=p_adjusted, sign=sign))

    assert f"it is {words}" in told
    for rival in ("rule score", "logistic regression", "stacked model and logistic"):
        assert rival in told


def test_a_comparison_with_nobody_proves_nothing(comparison: Comparison) -> None:
    nobody = comparison.model_copy(update={"differences": ()})

    assert "It could be compared with no rival in average precision." == standings_sentence(nobody)
    assert () == difference_numbers(nobody)
    assert standings_sentence(judged(comparison, p_adjusted=None, sign=1)).startswith("It could")


def test_a_difference_stands_with_its_interval(comparison: Comparison) -> None:
    numbers = difference_numbers(comparison)

    assert 3 == len(numbers)
    assert "rule score" in numbers[0].name
    assert all(" to " in number.basis for number in numbers)


def contributions(*shares: float) -> pl.DataFrame:
    names = [f"f{n}" for n in range(len(shares))]
    return pl.DataFrame(
        {"feature": names, "mean_abs": list(shares), "share": list(shares)},
        schema={"feature": pl.String, "mean_abs": pl.Float64, "share": pl.Float64},
    )


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ((), "No feature moves any score."),
        ((0.0, 0.0), "No feature moves any score."),
        ((1.0, 0.0), "1 feature of 2 moves the scores, most of all f0 (a meaning) with 100 %"),
        ((0.5, 0.5), "2 features of 2 move the scores"),
        ((0.08,) * 12, "; the first 10 together make 80 %."),
    ],
)
def test_the_strongest_feature_is_named_with_its_meaning(
    shares: tuple[float, ...], told: str
) -> None:
    assert told in strongest_sentence(contributions(*shares), {"f0": "A meaning."})


def test_groups_are_told_by_their_share() -> None:
    groups = pl.DataFrame({"group": ["flow", "alert", "cluster"], "share": [0.75, 0.25, 0.0]})

    assert "By kind of evidence: flow 75 %, alert 25 %." == group_sentence(groups)
    assert "No group of features carries them." == group_sentence(groups.clear())
