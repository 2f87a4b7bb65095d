"""The flow `review` writes the entry that the command line writes, from a form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prefect.utilities.callables import parameter_schema

from alertmill.audit.trust import TRUSTED_KEYS, TrustStore
from alertmill.housekeeping.proof import prove_run
from alertmill.reviews import ReviewTerms, standing_of
from flows.review import review
from tests.e2e.workplaces import PROJECT
from tests.reviews.reviewed_runs import reviewed_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

REVIEW = """
import json, sys
from alertmill.parameters import ReviewRequest
from flows.review import review

ends = []
for act, actor in (("approve", "Ann"), ("approve", "sam")):
    state = review(
        ReviewRequest(
            network="ethereum", run_id=sys.argv[1], act=act, text="seen", actor=actor, role="risk"
        ),
        return_state=True,
    )
    ends.append([state.type.value, state.name, state.message])
print(json.dumps(ends))
"""


def test_the_form_approves_as_the_command_does_and_not_for_whoever_started_the_run(
    prefect_environment: dict[str, str], tmp_path: Path
) -> None:
    run = reviewed_run(tmp_path).run
    environment = {
        **os.environ,
        **prefect_environment,
        "ALERTMILL_DATABASE_DIR": str(tmp_path / "clickhouse"),
        "ALERTMILL_RUNS_DIR": str(tmp_path / "runs"),
        "ALERTMILL_STATE_DIR": str(tmp_path / "state"),
    }

    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", REVIEW, run.run_id],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-3000:]
    approved, refused = json.loads(done.stdout.strip().splitlines()[-1])
    trusted = TrustStore(tmp_path / "state" / "keys" / TRUSTED_KEYS).read()
    standing = standing_of(run.path, trusted, ReviewTerms(n_needed=1))
    assert ["COMPLETED", "Approval"] == approved[:2]
    assert "Entry 2 of the signed ledger: approval" in approved[2]
    assert ("FAILED", True) == (refused[0], "sam started the run" in refused[2])
    assert [("Ann (risk)", "approved")] == [
        (approval.given.entry.who, approval.state) for approval in standing.approvals
    ]
    assert () == standing.obstacles
    assert prove_run(run.path, trusted).ok


def test_every_field_of_the_form_has_a_title_and_a_description() -> None:
    schema: dict[str, Any] = parameter_schema(review).model_dump()
    fields = schema["definitions"]["ReviewRequest"]["properties"]

    assert ["network", "run_id", "act", "text", "actor", "role"] == list(fields)[:6]
    assert all(field["description"].endswith(".") for field in fields.values())
