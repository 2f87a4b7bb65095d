"""Who is the champion, who decided it, and why: nothing is overwritten, nothing happens twice."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.errors import ConfigurationError, ModelNotFoundError, ReviewRefusedError
from alertmill.promotions import PromotionDecision, PromotionEntry, PromotionLedger
from alertmill.promotions.registry import PromotionRegistry
from alertmill.promotions.table import restore_promotions
from alertmill.reporting.reviewing import Statement
from alertmill.reviews import ReviewTerms
from alertmill.runs import manifest_digest
from alertmill.storage import Client, execute
from alertmill.storage.promotions import fetch_promotions
from alertmill.training.registry.model_storage import ModelStorage
from alertmill.training.registry.registered import one_row_per_model, registered_champion, roles
from alertmill.vocabulary import PromotionMode, PromotionVerdict
from tests.promotions.cases import decision
from tests.reviews.reviewed_runs import reviewed_run
from tests.support.signing import signed_ledger
from tests.training.registry.models import PARAMETERS, make_model


@pytest.fixture
def registry(client: Client, tmp_path: Path) -> PromotionRegistry:
    return PromotionRegistry(
        client, PromotionLedger(tmp_path), signed_ledger(tmp_path), ReviewTerms()
    )


def track(client: Client, folder: Path, *, seed: int, run_id: str = "") -> str:
    """Register a model of the run that is named after its seed."""
    run_id = run_id or str(seed)
    saved = ModelStorage(client).save(
        make_model(seed=seed), {}, directory=folder / run_id, run_id=run_id, parameters=PARAMETERS
    )
    return saved.model_id


def automatic(
    model_id: str, champion_id: str | None = None, **changes: object
) -> PromotionDecision:
    """A recommended decision in mode auto."""
    made = {"mode": PromotionMode.AUTO, "model_id": model_id, "champion_id": champion_id}
    return decision(**made | changes)


def carry_out(
    registry: PromotionRegistry, decided: PromotionDecision, run_id: str
) -> PromotionEntry:
    return registry.carry_out(decided, run_id=run_id, evidence={"decision": "as it was"})


def champion(client: Client) -> str | None:
    found = registered_champion(
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


def role_of(client: Client, model_id: str) -> str:
    models = one_row_per_model(ModelStorage(client).list())
    found = dict(zip(models["model_id"], roles(models, fetch_promotions(client)), strict=True))
    return str(found[model_id])


def test_without_a_decision_there_is_no_champion(client: Client, tmp_path: Path) -> None:
    track(client, tmp_path, seed=1)

    assert champion(client) is None


def test_a_recommended_model_takes_the_place_of_the_champion_it_was_compared_with(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    first, second = (track(client, tmp_path, seed=seed) for seed in (1, 2))

    carry_out(registry, automatic(first), "1")
    carry_out(registry, automatic(second, first), "2")

    assert champion(client) == second
    assert decisions(client) == [
        (first, "promoted", "", "gate"),
        (second, "promoted", first, "gate"),
    ]


def test_a_decision_that_was_carried_out_is_not_carried_out_again(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    first, second = (track(client, tmp_path, seed=seed) for seed in (1, 2))
    once = carry_out(registry, automatic(first), "1")
    carry_out(registry, automatic(second, first), "2")

    again = carry_out(registry, automatic(first), "1")

    assert once == again
    assert champion(client) == second
    assert len(decisions(client)) == 2


def test_a_crash_between_the_file_and_the_row_is_made_good_by_the_next_try(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    model = track(client, tmp_path, seed=1)
    once = carry_out(registry, automatic(model), "1")
    execute(client, "TRUNCATE TABLE promotions", {})
    assert champion(client) is None

    again = carry_out(registry, automatic(model), "1")

    assert once == again
    assert champion(client) == model
    assert len(decisions(client)) == 1


def test_a_lost_table_is_restored_from_the_ledger_as_it_was(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    first, second = (track(client, tmp_path, seed=seed) for seed in (1, 2))
    carry_out(registry, automatic(first), "1")
    registry.promote(second, actor="ann", reason="reviewed")
    before = fetch_promotions(client)
    execute(client, "TRUNCATE TABLE promotions", {})

    n_restored = [restore_promotions(client, PromotionLedger(tmp_path)) for _ in range(2)]

    assert n_restored == [2, 0]
    assert before.equals(fetch_promotions(client))


def test_a_champion_that_changed_meanwhile_is_not_replaced(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    first, second = (track(client, tmp_path, seed=seed) for seed in (1, 2))
    carry_out(registry, automatic(first), "1")

    kept = carry_out(registry, automatic(second), "2")

    assert (PromotionVerdict.KEPT, "") == (kept.verdict, kept.replaced_model_id)
    assert f"(then none, now {first})" in kept.reason
    assert champion(client) == first


# --- one id, one model -----------------------------------------------------------------------


def test_the_champion_trained_again_stays_one_model_with_one_promotion(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    model = track(client, tmp_path, seed=1, run_id="first")
    carry_out(registry, automatic(model), "first")
    assert model == track(client, tmp_path, seed=1, run_id="second")

    again = carry_out(registry, automatic(model, model), "second")

    listed = one_row_per_model(ModelStorage(client).list())
    assert again.verdict is PromotionVerdict.KEPT
    assert [(model, "promoted", "", "gate"), (model, "kept", "", "gate")] == decisions(client)
    assert [(model, "1.0.0", "first", ["first", "second"], 2)] == listed.select(
        "model_id", "version", "run_id", "run_ids", "n_runs"
    ).rows()
    assert role_of(client, model) == "champion"


def test_a_model_that_a_later_run_got_promoted_is_listed_as_champion(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    model = track(client, tmp_path, seed=1, run_id="first")
    carry_out(registry, automatic(model, is_recommended=False), "first")
    track(client, tmp_path, seed=1, run_id="second")

    carry_out(registry, automatic(model), "second")

    assert role_of(client, model) == "champion"


# --- people ----------------------------------------------------------------------------------


def test_a_person_may_promote_what_a_run_kept_and_go_back(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    first, second = (track(client, tmp_path, seed=seed) for seed in (1, 2))
    carry_out(registry, automatic(first), "1")
    carry_out(registry, automatic(second, first, is_recommended=False), "2")

    registry.promote(second, actor="ann", reason="the desk reviewed 200 of its alerts")
    assert champion(client) == second
    registry.promote(first, actor="bob", reason="too many false alarms on exchanges")

    assert champion(client) == first
    assert decisions(client)[2:] == [
        (second, "promoted", first, "ann"),
        (first, "promoted", second, "bob"),
    ]
    assert role_of(client, second) == "former champion"
    assert "too many false alarms on exchanges" in fetch_promotions(client)["reason"].to_list()


def test_a_proposed_model_counts_as_proposed_until_a_person_rejects_it(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    model = track(client, tmp_path, seed=1)
    carry_out(registry, automatic(model, mode=PromotionMode.PROPOSE), "1")
    before = role_of(client, model)

    registry.reject(model, actor="ann", reason="it learned from a broken delivery")

    assert ("proposed", "rejected") == (before, role_of(client, model))
    assert champion(client) is None


def test_a_proposal_lapses_when_another_model_becomes_the_champion(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    first, second = (track(client, tmp_path, seed=seed) for seed in (1, 2))
    carry_out(registry, automatic(first, mode=PromotionMode.PROPOSE), "1")

    registry.promote(second, actor="ann", reason="reviewed")

    assert ("challenger", "champion") == (role_of(client, first), role_of(client, second))


def test_a_rejected_model_is_not_promoted_by_a_later_run_and_may_be_by_a_person(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    model = track(client, tmp_path, seed=1, run_id="first")
    registry.reject(model, actor="ann", reason="a broken delivery")
    track(client, tmp_path, seed=1, run_id="second")

    again = carry_out(registry, automatic(model), "second")
    assert again.verdict is PromotionVerdict.REJECTED
    registry.promote(model, actor="bob", reason="the delivery was right after all")

    assert champion(client) == model


def test_rejecting_the_champion_is_refused_with_the_way_out(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    model = track(client, tmp_path, seed=1)
    registry.promote(model, actor="ann", reason="first")

    with pytest.raises(ConfigurationError, match="Promote another model in its place"):
        registry.reject(model, actor="ann", reason="it is bad")


def test_deciding_what_was_decided_is_refused(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    first, second = (track(client, tmp_path, seed=seed) for seed in (1, 2))
    registry.promote(first, actor="ann", reason="first")
    registry.reject(second, actor="ann", reason="second")

    with pytest.raises(ConfigurationError, match="is the champion already"):
        registry.promote(first, actor="ann", reason="again")
    with pytest.raises(ConfigurationError, match="was rejected already, by ann on"):
        registry.reject(second, actor="bob", reason="again")
    assert len(decisions(client)) == 2


@pytest.mark.parametrize(
    ("actor", "reason", "message"),
    [
        ("ann", "", "the reason is empty"),
        ("ann", "  ", "the reason is empty"),
        ("", "reviewed", "names no person"),
        ("gate", "reviewed", "names no person"),
    ],
)
def test_a_decision_without_a_reason_or_a_name_is_refused(
    client: Client,
    registry: PromotionRegistry,
    tmp_path: Path,
    *,
    actor: str,
    reason: str,
    message: str,
) -> None:
    model = track(client, tmp_path, seed=1)

    for decide in (registry.promote, registry.reject):
        with pytest.raises(ConfigurationError, match=message):
            decide(model, actor=actor, reason=reason)


def test_an_unknown_model_is_refused_with_those_that_are_known(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    model = track(client, tmp_path, seed=1)

    with pytest.raises(ModelNotFoundError, match=model):
        registry.promote("nobody", actor="ann", reason="a typing error")
    with pytest.raises(ModelNotFoundError, match="not of the run b"):
        carry_out(registry, automatic(model), "b")


def test_the_champion_of_one_window_says_nothing_of_another(
    client: Client, registry: PromotionRegistry, tmp_path: Path
) -> None:
    registry.promote(track(client, tmp_path, seed=1), actor="ann", reason="first")

    other = ModelStorage(client).list().with_columns(window_days=pl.lit(30))
    found = registered_champion(
        other, network=PARAMETERS.network, model_type=PARAMETERS.model_type, window_days=7
    )
    assert found is None


def test_a_person_promotes_a_model_only_when_the_review_of_its_run_allows_it(
    client: Client, tmp_path: Path
) -> None:
    reviewed = reviewed_run(tmp_path, ReviewTerms(n_needed=1))
    runs, run = reviewed.runs, reviewed.run
    ledger = PromotionLedger(runs.network)
    registry = PromotionRegistry(client, ledger, runs.signed, reviewed.terms)
    model_id = track(client, tmp_path / "models", seed=1, run_id=run.run_id)
    finding = reviewed.find()

    with pytest.raises(ReviewRefusedError, match=r"is open: .*; 1 of 1 approval missing\. Settle"):
        registry.promote(model_id, actor="eve", reason="it is better")
    assert () == ledger.entries()
    proposed = carry_out(registry, automatic(model_id), run.run_id)
    reviewed.desk.resolve(finding.entry.key, Statement("ann", "", "the labels came"))
    reviewed.approve("bob")
    promoted = registry.promote(model_id, actor="eve", reason="it is better")

    assert PromotionVerdict.PROPOSED is proposed.verdict
    assert PromotionVerdict.PROMOTED is promoted.verdict
    assert manifest_digest(run.path) == promoted.manifest_sha256
    assert model_id == champion(client)
