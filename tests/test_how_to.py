"""The classes of the how-tos do what their pages say."""

from __future__ import annotations

from typing import Any

from alertmill.training.models.hyperparameters import Hyperparameters
from tests.support.documents import blocks_of
from tests.training.labelled_rows import make_rows, rows_between
from tests.training.training_data import make_label, make_labels


def defined_in(page: str) -> dict[str, Any]:
    """Return what the first block of Python of a how-to defines."""
    block = next(b for b in blocks_of("python") if b.document == f"docs/how-to/{page}.md")
    names: dict[str, Any] = {"__name__": page}
    exec(compile(block.text, str(block), "exec"), names)  # noqa: S102 - our own document
    return names


def test_the_strategy_of_the_page_believes_verified_sources_alone() -> None:
    strategy = defined_in("own-label-strategy")["VerifiedOnly"]()
    labels = make_labels(
        make_label("risky", risk_level="critical", trust_level="official"),
        make_label("safe", risk_level="low", trust_level="verified"),
        make_label("rumoured", risk_level="critical", trust_level="community"),
        make_label("between", risk_level="medium", trust_level="verified"),
    )

    decided = strategy.label_addresses(labels).drop_nulls("y")

    assert {"risky": 1, "safe": 0} == dict(decided.select("address", "y").iter_rows())


def test_the_trainer_of_the_page_searches_and_fits_small_trees() -> None:
    trainer = defined_in("own-trainer")["SmallTrees"](n_threads=1)
    rows = make_rows()

    fitted = trainer.fit(rows_between(rows, 0, 15), rows_between(rows, 20, 29))

    assert Hyperparameters().num_leaves > 8
    assert {4, 8} == {
        limit
        for one in trainer.search_space.dimensions
        if one.name == "num_leaves"
        for limit in (one.low, one.high)
    }
    assert fitted.model.metadata.hyperparameters.num_leaves == 6
