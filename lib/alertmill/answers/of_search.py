"""The answer of report 04: whether the search found anything beyond luck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.answers.answer import Answer, KeyNumber
from alertmill.answers.reading import advice_of, available, finding, run_line
from alertmill.evaluation.reports import Evaluation
from alertmill.tables.search_noise import SearchNoise, search_noise, shipping_sentence
from alertmill.vocabulary import CheckCode
from alertmill.wording import counted, readable

if TYPE_CHECKING:
    from alertmill.runs import Run
    from alertmill.training.tuning.results import Tuning


def answer_search(run: Run) -> Answer:
    """Answer what the search gained, how much of that lasts, and how the folds relate to a test."""
    noise = search_noise(run.tuning)
    evaluation = available(lambda: run.evaluation)
    return Answer(
        question="Did the search pay, or was its best trial the luckiest?",
        sentences=(
            shipping_sentence(run.tuning.choice),
            folds_sentence(run.tuning, evaluation),
        ),
        numbers=(
            _lasting_gain(noise),
            KeyNumber(
                name="trials that were completed",
                value=f"{run.tuning.complete.height:,}",
                basis=f"of {counted(run.tuning.trials.height, 'trial')} begun and "
                f"{run.tuning.choice.n_planned:,} planned",
            ),
            _fold_number(run.tuning),
        ),
        advice=advice_of(
            run, CheckCode.AM008, CheckCode.AM009, otherwise=_advice(run, noise is not None)
        ),
        about=run_line(run),
    )


def folds_sentence(tuning: Tuning, evaluation: Evaluation | None) -> str:
    """Return what the folds say of what ships, and beside which number of the test to read it."""
    words, value = readable(tuning.choice.metric), tuning.shipped_trial["value"]
    text = (
        f"Over {counted(tuning.folds.height, 'fold')} what ships has {words} {value:.3f} on average"
    )
    entry = None if evaluation is None else _on_new_addresses(tuning.choice.metric, evaluation)
    if entry is None:
        return f"{text}."
    return (
        f"{text}; a fold is measured on addresses that its fit has not seen, so it stands beside "
        f"the new addresses of the test ({entry}), not beside all of them, and its fit has fewer "
        "days to learn from."
    )


def _on_new_addresses(metric: str, evaluation: Evaluation) -> str | None:
    found = [
        entry
        for entry in evaluation.metrics
        if (entry.model, entry.metric, entry.split) == ("model", metric, "test_new")
        and entry.segment == "all"
    ]
    return found[0].text if found else None


def _lasting_gain(noise: SearchNoise | None) -> KeyNumber:
    name = "gain over the defaults that lasts"
    if noise is None:
        return KeyNumber(name=name, value="unknown", basis="no other seed was measured")
    low, high = min(noise.gains), max(noise.gains)
    return KeyNumber(
        name=name,
        value=f"{noise.lasting_gain:+.3f}",
        basis=f"{readable(noise.metric)}, mean of {counted(len(noise.gains), 'other seed')}: "
        f"{low:+.3f} to {high:+.3f}",
    )


def _fold_number(tuning: Tuning) -> KeyNumber:
    trial = tuning.shipped_trial
    values = [float(value) for value in trial["fold_values"]]
    return KeyNumber(
        name=f"{readable(tuning.choice.metric)} of what ships over the folds",
        value=f"{trial['value']:.3f}",
        basis=f"mean of {counted(len(values), 'fold')}: {min(values):.3f} to {max(values):.3f}",
    )


def _advice(run: Run, is_measured: bool) -> str:  # noqa: FBT001 - a private switch
    if finding(run, CheckCode.AM008) is None and is_measured:
        return "Keep what ships and the search as they are."
    return "Measure other seeds (tuning.n_noise_seeds) before the gain is believed."
