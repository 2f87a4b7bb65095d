"""The flow `promotion` decides as the command line does, from a form that explains itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prefect.utilities.callables import parameter_schema

from alertmill.promotions import PromotionLedger
from flows.promotion import promotion
from tests.e2e.workplaces import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DECIDE = """
import json, sys
from pathlib import Path
from alertmill.parameters import PromotionRequest
from alertmill.storage import ClientFactory, get_connection_params
from alertmill.training.registry.model_storage import ModelStorage
from flows.promotion import promotion
from tests.training.registry.models import PARAMETERS, make_model

with ClientFactory(get_connection_params("ethereum")).client_context() as client:
    model_id = ModelStorage(client).save(
        make_model(seed=1), {}, directory=Path(sys.argv[1]), run_id="run", parameters=PARAMETERS
    ).model_id
ends = []
for decision in ("reject", "promote", "reject"):
    state = promotion(
        PromotionRequest(
            network="ethereum", model_id=model_id, decision=decision, reason="reviewed", actor="Ann"
        ),
        return_state=True,
    )
    ends.append([state.type.value, state.name, state.message])
print(json.dumps([model_id, ends]))
"""


@pytest.fixture(scope="module")
def decided(
    prefect_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, list[list[str]]]:
    """Runs folder, model, and how a rejection, a promotion and another rejection ended."""
    folder = tmp_path_factory.mktemp("promotion")
    environment = {
        **os.environ,
        **prefect_environment,
        "ALERTMILL_DATABASE_DIR": str(folder / "clickhouse"),
        "ALERTMILL_RUNS_DIR": str(folder / "runs"),
    }
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", DECIDE, str(folder / "model")],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    model_id, ends = json.loads(done.stdout.strip().splitlines()[-1])
    return folder / "runs", model_id, ends


def test_the_state_of_the_flow_run_is_the_verdict(
    decided: tuple[Path, str, list[list[str]]],
) -> None:
    _, model_id, ends = decided

    assert ends[:2] == [
        ["COMPLETED", "Rejected", f"{model_id}: Rejected by Ann: reviewed."],
        ["COMPLETED", "Promoted", f"{model_id}: Promoted by Ann: reviewed."],
    ]


def test_a_decision_that_cannot_be_made_fails_with_the_way_out(
    decided: tuple[Path, str, list[list[str]]],
) -> None:
    kind, _, message = decided[2][2]

    assert kind == "FAILED"
    assert "Promote another model in its place" in message


def test_every_decision_is_in_the_ledger(decided: tuple[Path, str, list[list[str]]]) -> None:
    runs_dir, model_id, _ = decided

    entries = PromotionLedger(runs_dir / "ethereum").entries(model_id)

    assert [("rejected", "Ann"), ("promoted", "Ann")] == [
        (entry.verdict.value, entry.actor) for entry in entries
    ]


def test_every_field_of_the_form_has_a_title_and_a_description() -> None:
    schema: dict[str, Any] = parameter_schema(promotion).model_dump()
    fields = schema["definitions"]["PromotionRequest"]["properties"]

    assert list(fields) == ["network", "model_id", "decision", "reason", "actor"]
    # A title that is the name of the field's type stands with the type.
    assert ["Network", "Model", "Decision", "Reason", "Your name"] == [
        field.get("title") or field["$ref"].rpartition("/")[2] for field in fields.values()
    ]
    assert all(field["description"].endswith(".") for field in fields.values())
