"""An ingestion as its page in Prefect shows it: name, final state and the table of deliveries."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alertmill.snapshots.deliveries import read_delivery_report
from alertmill.vocabulary import Network
from tests.e2e.workplaces import PROJECT, Workplace
from tests.snapshots.delivered import deliver, risk_files
from tests.snapshots.derived_frames import derive_frames
from tests.snapshots.hand_made import DAY
from tests.support.databases import unused_database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NEXT_DAY = DAY + timedelta(days=1)
RUN_ALL = """
import json, sys
from pathlib import Path
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.flow_engine import run_flow
from prefect.states import Scheduled
from prefect.types import DateTime
from flows.ingestion import ingestion

def run(at, parameters):
    scheduled = Scheduled(scheduled_time=DateTime.fromisoformat(at))
    with get_client(sync_client=True) as client:
        created = client.create_flow_run(
            ingestion, parameters={"parameters": parameters}, state=scheduled
        )
        run_flow(ingestion, created, {"parameters": parameters}, return_type="state")
        made = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[created.id]))
        tables = [a for a in client.read_artifacts(artifact_filter=made) if a.key == "deliveries"]
        ended = client.read_flow_run(created.id)
    return {
        "name": ended.name, "state": ended.state.type.value, "message": ended.state.message,
        "rows": [row for table in tables for row in json.loads(table.data)],
        "description": tables[0].description if tables else None,
    }

ended = {}
for step in json.loads(sys.stdin.read()):
    if "repaired" in step:
        Path(step["broken"]).write_bytes(Path(step["repaired"]).read_bytes())
    ended[step["name"]] = run(step["at"], step["parameters"])
print(json.dumps(ended))
"""


@dataclass(frozen=True)
class Ended:
    """Flow runs by the name of their step, and where they worked."""

    runs: Mapping[str, Mapping[str, Any]]
    workplace: Workplace


@pytest.fixture(scope="module")
def ended(
    prefect_environment: dict[str, str],
    embedded_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Ended:
    """Ingestions of one place on several days, and of places that do not exist."""
    workplace = Workplace(tmp_path_factory.mktemp("ingestion"))
    place = workplace.folder / "upstream"
    frames = derive_frames(unused_database(embedded_dir))
    for day in (DAY, NEXT_DAY):
        deliver(place, risk_files(frames, day), day=day)
    (broken,) = place.rglob(f"{NEXT_DAY}/7/alerts.parquet")
    broken.rename(workplace.folder / "whole")
    broken.write_bytes(b"half")
    asked = {"network": "ethereum", "url": str(place), "expect_by": "05:00", "settle_minutes": 0}
    steps = [
        {"name": "broken", "at": "2024-01-09T05:00:00+00:00", "parameters": asked},
        {
            "name": "absent",
            "at": "2024-01-10T06:00:00+01:00",
            "parameters": asked,
            "broken": str(broken),
            "repaired": str(workplace.folder / "whole"),
        },
        {"name": "past", "at": "2024-01-09T05:00:00+00:00", "parameters": asked},
        {"name": "fresh", "at": "2024-01-09T05:00:00+00:00", "parameters": {"network": "torus"}},
        {
            "name": "nowhere",
            "at": "2024-01-09T05:00:00+00:00",
            "parameters": {"network": "torus", "url": "elsewhere"},
        },
    ]
    environment = workplace.environment | prefect_environment | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", RUN_ALL], input=json.dumps(steps),
        cwd=workplace.folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return Ended(json.loads(done.stdout), workplace)


def test_the_name_of_a_run_is_its_network_and_the_day_it_was_scheduled_for(ended: Ended) -> None:
    assert [
        "ethereum snapshots of 2024-01-09",
        "ethereum snapshots of 2024-01-10",
        "ethereum snapshots of 2024-01-09",
    ] == [ended.runs[name]["name"] for name in ("broken", "absent", "past")]


def test_a_refused_folder_fails_the_run_after_the_others_are_loaded(ended: Ended) -> None:
    run = ended.runs["broken"]

    assert run["state"] == "FAILED"
    assert run["message"] == (
        "1 delivery was refused: 2024-01-09 (7 days): alerts.parquet: its sha256 is not the one in "
        "META.json. 2 deliveries of ethereum: 1 new, 1 refused."
    )
    assert run["description"] == run["message"]
    assert [
        ("refused", "2024-01-09", "copy or deliver it again"),
        ("new", "2024-01-08", ""),
    ] == [(row["status"], row["date"], row["what to do"]) for row in run["rows"]]


def test_a_snapshot_that_did_not_come_fails_the_run_of_its_day(ended: Ended) -> None:
    run = ended.runs["absent"]

    assert run["state"] == "FAILED"
    assert run["message"] == (
        "Expected 2024-01-10, absent. 2 deliveries of ethereum: 1 new, 1 unchanged."
    )
    assert ["absent", "unchanged", "new"] == [row["status"] for row in run["rows"]]


def test_a_run_made_for_a_past_day_expects_the_deliveries_of_that_day(ended: Ended) -> None:
    run = ended.runs["past"]

    assert run["state"] == "COMPLETED"
    assert run["message"] == "2 deliveries of ethereum: 2 unchanged."


def test_a_fresh_installation_without_deliveries_has_not_failed(ended: Ended) -> None:
    run = ended.runs["fresh"]

    assert run["state"] == "COMPLETED"
    assert run["message"] == "No snapshots of torus at deliveries yet."
    assert run["rows"] == []


def test_a_place_that_does_not_exist_fails_with_its_own_message(ended: Ended) -> None:
    run = ended.runs["nowhere"]

    assert run["state"] == "FAILED"
    assert "there is no folder" in run["message"]
    assert "elsewhere to look for snapshots in; create it" in run["message"]


def test_the_last_run_of_a_network_leaves_its_delivery_report(ended: Ended) -> None:
    report = read_delivery_report(ended.workplace.folder / "runs", Network.ETHEREUM)

    assert report is not None
    assert (2, NEXT_DAY, False) == (
        report.n_unchanged,
        report.newest_date,
        report.needs_attention,
    )


def test_the_command_finds_what_the_flow_has_loaded(ended: Ended) -> None:
    place = ended.workplace.folder / "upstream"

    done = ended.workplace.alertmill("ingest", "snapshots", str(place), "--network", "ethereum")

    assert 0 == done.returncode
    assert "2 deliveries of ethereum: 2 unchanged." in done.stderr
