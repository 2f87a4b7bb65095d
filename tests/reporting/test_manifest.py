"""Whatever is changed in a published run is found and named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rfc8785

from alertmill.errors import ManifestError, UnfinishedRunError
from alertmill.files import sha256_of
from alertmill.reporting.manifest import read_manifest, verify, write_manifest
from alertmill.runs import Run
from alertmill.triggers import Trigger, record_trigger
from tests.reporting.example_runs import add_evaluation, make_run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run with a manifest."""
    made = make_run(tmp_path)
    write_manifest(made)
    return made


def test_a_run_as_it_was_published_is_ok(run: Run) -> None:
    found = verify(run.path)

    assert found.ok
    assert 3 == found.n_files


def test_every_file_but_the_manifest_stands_in_it_with_its_digest(run: Run) -> None:
    expected = {
        name: sha256_of(run.path / name)
        for name in ("data/alerts.parquet", "parameters.json", "stages/extract.json")
    }

    assert expected == {file.path: file.sha256 for file in read_manifest(run.path).files}


def test_the_manifest_holds_what_was_asked_and_what_was_found(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    add_evaluation(run)

    manifest = read_manifest(write_manifest(run).parent)

    assert (run.run_id, run.parameters) == (manifest.run_id, manifest.parameters)
    assert run.evaluation.headline == manifest.headline
    assert ["extract", "evaluate"] == [record.stage.value for record in manifest.stages]


def test_the_manifest_is_canonical_json(run: Run) -> None:
    content = (run.path / "manifest.json").read_bytes()

    assert content == rfc8785.dumps(json.loads(content))


def test_the_manifest_says_who_started_the_run(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    trigger = Trigger(
        flow_run_id="42",
        flow_run_name="brave-otter",
        deployment="training",
        scheduled_at=datetime(2026, 1, 5, 6, tzinfo=UTC),
        user="ann",
        request={"network": "ethereum", "n_days": 60},
    )
    for _ in range(2):  # a retry
        record_trigger(run.path, trigger)

    assert trigger == read_manifest(write_manifest(run).parent).trigger
    assert verify(run.path).ok
    assert (
        "flow run brave-otter of 2026-01-05 06:00 UTC, deployment training, as user ann"
        == trigger.sentence
    )


def test_a_run_without_an_evaluation_can_be_published(run: Run) -> None:
    assert () == read_manifest(run.path).headline


def test_a_changed_file_is_named(run: Run) -> None:
    with (run.path / "parameters.json").open("a") as stream:
        stream.write(" ")

    found = verify(run.path)

    assert (("parameters.json",), (), ()) == (found.changed, found.missing, found.added)


def test_a_changed_file_of_the_same_length_is_named(run: Run) -> None:
    path = run.path / "parameters.json"
    path.write_text(path.read_text().replace("ethereum", "Ethereum"))

    assert ("parameters.json",) == verify(run.path).changed


def test_a_missing_file_is_named(run: Run) -> None:
    (run.path / "data" / "alerts.parquet").unlink()

    found = verify(run.path)

    assert ((), ("data/alerts.parquet",), ()) == (found.changed, found.missing, found.added)


def test_an_added_file_is_named_also_a_hidden_one(run: Run) -> None:
    (run.path / "data" / ".more.parquet").touch()

    found = verify(run.path)

    assert ((), (), ("data/.more.parquet",)) == (found.changed, found.missing, found.added)
    assert not found.ok


def test_a_link_in_place_of_a_file_is_a_change(run: Run, tmp_path: Path) -> None:
    path = run.path / "parameters.json"
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")

    assert ("parameters.json",) == verify(run.path).changed


def test_publishing_again_takes_what_was_added(run: Run) -> None:
    (run.path / "note.txt").write_text("seen")
    write_manifest(run)

    assert verify(run.path).ok


def test_a_run_without_a_manifest_is_unfinished(tmp_path: Path) -> None:
    run = make_run(tmp_path)

    with pytest.raises(UnfinishedRunError, match=r"manifest\.json is not there"):
        verify(run.path)


def test_a_damaged_manifest_is_said_to_be_so(run: Run) -> None:
    (run.path / "manifest.json").write_text('{"run_id": 1')

    with pytest.raises(ManifestError, match="cannot be read"):
        verify(run.path)
