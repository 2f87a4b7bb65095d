"""What the log of a run reads like."""

from __future__ import annotations

from alertmill.training.tuning.results import Ending, Method, TuningChoice
from tasks.sentences import built, extracted, screened, trained, tuned
from tests.training.tuning.written_searches import SPACE

CHOICE = TuningChoice(
    best=SPACE.default, best_method=Method.BAYESIAN, best_value=0.41234, space=SPACE, n_planned=24
)


def test_extracted_alerts_are_counted_in_words() -> None:
    assert "0 alerts extracted." == extracted(0)
    assert "1 alert extracted." == extracted(1)
    assert "39,009 alerts extracted." == extracted(39_009)


def test_built_features_come_with_the_sizes_of_the_splits() -> None:
    assert "1 feature built for 0 alerts." == built(1, [])
    assert "52 features built for 1,201 alerts: train 1,200, test new 1." == built(
        52, [("train", 1200), ("test_new", 1)]
    )


def test_leak_checks_name_each_overruled_feature_once() -> None:
    assert "6 leak checks ran and found nothing." == screened(6, [])
    assert "1 leak check ran; its findings about n_cases are overruled." == screened(1, ["n_cases"])
    assert "6 leak checks ran; their findings about age and n_cases are overruled." == screened(
        6, ["n_cases", "age", "n_cases"]
    )


def test_a_search_names_its_winner_and_whether_its_time_was_up() -> None:
    late = CHOICE.model_copy(update={"ended_by": Ending.MINUTES})
    best = (
        "the bayesian search found the best hyperparameters (average precision 0.412), and "
        "the defaults ship"
    )

    assert f"After 24 trials, {best}." == tuned(CHOICE, n_trials=24)
    assert f"The time was up after 3 of 24 trials; {best}." == tuned(late, n_trials=3)


def test_training_counts_its_rounds() -> None:
    assert "The model is trained and calibrated after 1 boosting round." == trained(1)
    assert "The model is trained and calibrated after 2 boosting rounds." == trained(2)
