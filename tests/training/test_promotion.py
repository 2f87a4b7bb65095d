"""Who is the champion, who decided it, and why: nothing is overwritten, nothing happens twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from alertmill.errors import ConfigurationError, ModelNotFoundError
from alertmill.storage import Client
from alertmill.storage.promotions import fetch_promotions
from alertmill.training.model_storage import ModelStorage
from alertmill.training.promotion import Judgement, decide, promote
from alertmill.training.tracked import champion_tracked
from tests.training.test_champions import PARAMETERS, make_model

OPEN = Judgement(is_open=True, champion_id=None, reason="all 5 conditions hold", evidence_json="{}")
CLOSED = replace(OPEN, is_open=False, reason="calibrated: it is not")


def track(client: Client, folder: Path, *, seed: int) -> str:
    """Register a model of the run that is named after its seed."""
    run_id = str(seed)
    saved = ModelStorage(client).save(
        make_model(seed=seed), {}, directory=folder / run_id, run_id=run_id, parameters=PARAMETERS
    )
    return saved.model_id


def champion(client: Client) -> str | None:
    found = champion_tracked(
        ModelStorage(client).list(),
        network=PARAMETERS.network,
        model_type=PARAMETERS.model_type,
        window_days=PARAMETERS.window_days,
    )
    return found.model_id if found else None


def decisions(client: Client) -> list[tuple[str, ...]]:
    """Model, decision, whom it replaced and who decided, the first decision first."""
    columns = "model_id", "decision", "replaced_model_id", "actor"
    return fetch_promotions(client).reverse().select(columns).rows()


def test_without_a_decision_there_is_no_champion(client: Client, tmp_path: Path) -> None:
    track(client, tmp_path, seed=1)

    assert champion(client) is None


def test_an_open_gate_makes_the_champion_and_a_closed_one_leaves_it(
    client: Client, tmp_path: Path
) -> None:
    first, second = (track(client, tmp_path, seed=seed) for seed in (1, 2))

    decide(client, OPEN, model_id=first, run_id="1")
    kept = decide(client, replace(CLOSED, champion_id=first), model_id=second, run_id="2")

    assert champion(client) == first
    assert kept.reason == "calibrated: it is not"
    assert decisions(client) == [(first, "promoted", "", "gate"), (second, "kept", "", "gate")]


def test_an_open_gate_replaces_the_champion_that_it_was_judged_against(
    client: Client, tmp_path: Path
) -> None:
    first, second = (track(client, tmp_path, seed=seed) for seed in (1, 2))
    decide(client, OPEN, model_id=first, run_id="1")

    decide(client, replace(OPEN, champion_id=first), model_id=second, run_id="2")

    assert champion(client) == second
    assert decisions(client)[-1] == (second, "promoted", first, "gate")


def test_a_champion_that_changed_meanwhile_is_not_replaced_unjudged(
    client: Client, tmp_path: Path
) -> None:
    first, second = (track(client, tmp_path, seed=seed) for seed in (1, 2))
    decide(client, OPEN, model_id=first, run_id="1")

    kept = decide(client, OPEN, model_id=second, run_id="2")

    assert champion(client) == first
    assert f"judged against no champion, and the champion is {first} by now" in kept.reason


def test_deciding_again_enters_nothing(client: Client, tmp_path: Path) -> None:
    model = track(client, tmp_path, seed=1)

    once, again = (decide(client, OPEN, model_id=model, run_id="1") for _ in range(2))

    assert len(decisions(client)) == 1
    assert (once.model_id, once.decision) == (again.model_id, again.decision)


def test_a_person_may_promote_what_the_gate_kept_and_go_back(
    client: Client, tmp_path: Path
) -> None:
    first, second = (track(client, tmp_path, seed=seed) for seed in (1, 2))
    decide(client, OPEN, model_id=first, run_id="1")
    decide(client, replace(CLOSED, champion_id=first), model_id=second, run_id="2")

    promote(client, second, actor="ann", reason="the desk reviewed 200 of its alerts")
    assert champion(client) == second
    promote(client, first, actor="bob", reason="too many false alarms on exchanges")

    assert champion(client) == first
    assert decisions(client)[2:] == [
        (second, "promoted", first, "ann"),
        (first, "promoted", second, "bob"),
    ]
    assert "too many false alarms on exchanges" in fetch_promotions(client)["reason"].to_list()


def test_the_champion_of_one_window_says_nothing_of_another(client: Client, tmp_path: Path) -> None:
    promote(client, track(client, tmp_path, seed=1), actor="ann", reason="first")

    other = ModelStorage(client).list().with_columns(window_days=pl.lit(30))
    found = champion_tracked(
        other, network=PARAMETERS.network, model_type=PARAMETERS.model_type, window_days=7
    )
    assert found is None


def test_promoting_the_champion_again_is_refused(client: Client, tmp_path: Path) -> None:
    model = track(client, tmp_path, seed=1)
    promote(client, model, actor="ann", reason="first")

    with pytest.raises(ConfigurationError, match="is the champion already"):
        promote(client, model, actor="ann", reason="again")


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_promotion_without_a_reason_is_refused(
    client: Client, tmp_path: Path, reason: str
) -> None:
    model = track(client, tmp_path, seed=1)

    with pytest.raises(ConfigurationError, match="the reason is empty"):
        promote(client, model, actor="ann", reason=reason)


def test_an_unknown_model_is_refused_with_those_that_are_known(
    client: Client, tmp_path: Path
) -> None:
    model = track(client, tmp_path, seed=1)

    with pytest.raises(ModelNotFoundError, match=model):
        promote(client, "nobody", actor="ann", reason="a typing error")
    with pytest.raises(ModelNotFoundError, match="not of the run b"):
        decide(client, OPEN, model_id=model, run_id="b")
