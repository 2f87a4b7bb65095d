"""A run that is made again is equal in every part; what was changed is named by its part."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from alertmill.errors import ConfigurationError, ManifestError, UnfinishedRunError
from alertmill.files import sha256_of, write_parquet
from alertmill.reporting.manifest import MANIFEST
from alertmill.reproduction.making import Reproduction, reproduce
from alertmill.reproduction.parts import ComparedPart, PartState
from alertmill.runs import Run

NAMES = [
    "parameters",
    "extract",
    "labels and split",
    "features",
    "leak screen",
    "search",
    "model",
    "metrics",
    "checks",
    "decision",
    "reports",
]


def by_name(made: Reproduction) -> dict[str, ComparedPart]:
    return {part.name: part for part in made.parts}


def digests_of(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256_of(path) for path in files}


def edit_json(path: Path, **values: object) -> None:
    """Replace fields of a document; a name with dots leads into it."""
    document = json.loads(path.read_text())
    for name, value in values.items():
        *outer, last = name.split("__")
        place = document
        for step in outer:
            place = place[step]
        place[last] = value
    path.write_text(json.dumps(document))


def test_a_run_is_equal_in_every_part_and_nothing_is_left_or_touched(
    published: Run, templates: Path
) -> None:
    root = published.path.parents[1]
    before, said = digests_of(root), []

    made = reproduce(published.path, templates=templates, listen=said.append)

    assert NAMES == [part.name for part in made.parts]
    assert [] == [part.sentence for part in made.parts if part.state is not PartState.EQUAL]
    assert "The run was made again, and is equal in every part." == made.sentence
    assert "surroundings: the same code" in said[0]
    assert "reports: equal, 2 outputs" == said[-1]
    assert before == digests_of(root)


def test_a_row_of_the_extract_and_a_version_in_the_manifest_are_named(copied: Run) -> None:
    edit_json(copied.path / MANIFEST, provenance__versions__lightgbm="4.6.0")
    path = copied.path / "data" / "address_features.parquet"
    frame = pl.read_parquet(path)
    first = pl.int_range(pl.len()) == 0
    amount = pl.when(first).then(pl.col("total_volume_usd") * 2).otherwise("total_volume_usd")
    write_parquet(path, frame.with_columns(total_volume_usd=amount))

    made = reproduce(copied.path)

    parts = by_name(made)
    assert "lightgbm 4.6.0 then" in made.surroundings.sentence
    assert made.sentence.startswith("The run is not reproduced: extract is the first part")
    assert "data/address_features.parquet: it is not the file" in parts["extract"].sentence
    assert PartState.EQUAL == parts["labels and split"].state
    assert PartState.DIFFERS == parts["features"].state
    assert "features/features.parquet: " in parts["features"].sentence
    assert "their templates are not here" in parts["reports"].sentence


def test_parameters_trees_and_metrics_that_were_changed_are_named(copied: Run) -> None:
    edit_json(copied.path / "parameters.json", seed=8)
    edit_json(copied.path / MANIFEST, parameters__tuning__n_parallel_trials=2)
    model = copied.path / "model" / "model.txt"
    trees, leaves, rest = model.read_text().partition("leaf_value=")
    model.write_text(f"{trees}{leaves}1{rest}")
    edit_json(copied.path / "evaluation" / "metrics.json", review_budget=51)

    made = reproduce(copied.path)

    parts = by_name(made)
    assert "seed is 8, the manifest says 7" in parts["parameters"].sentence
    assert PartState.KEPT == parts["search"].state
    assert "several trials at the same time" in parts["search"].sentence
    assert "model/model.txt" in parts["model"].sentence
    assert "evaluation/metrics.json: review_budget" in parts["metrics"].sentence
    odd = [part.name for part in made.parts if not part.is_equal]
    assert ["parameters", "model", "metrics"] == odd


def test_a_stage_that_fails_now_ends_the_comparison_with_its_reason(copied: Run) -> None:
    for name in ("alerts", "alert_clusters", "clusters"):
        path = copied.path / "data" / f"{name}.parquet"
        write_parquet(path, pl.read_parquet(path).head(3))

    made = reproduce(copied.path)

    last = made.parts[-1]
    assert PartState.FAILED == last.state
    assert last.reason
    assert not made.is_equal


def test_a_run_without_its_extract_cannot_be_made_again(copied: Run) -> None:
    (copied.path / "data" / "flows.parquet").unlink()

    with pytest.raises(UnfinishedRunError, match=r"data/flows\.parquet is not there"):
        reproduce(copied.path)


def test_a_manifest_that_leads_out_of_the_run_or_names_code_is_refused(copied: Run) -> None:
    manifest = json.loads((copied.path / MANIFEST).read_text())
    strange = dict(manifest["stages"][0]["files"][0], path="../../../elsewhere")
    edit_json(copied.path / MANIFEST, stages=[dict(manifest["stages"][0], files=[strange])])

    with pytest.raises(ManifestError, match=r"names the file '\.\./\.\./\.\./elsewhere'"):
        reproduce(copied.path)

    edit_json(copied.path / MANIFEST, parameters__computing__trainer="os.path:join")
    with pytest.raises(ConfigurationError, match=r"names the code 'os\.path:join'"):
        reproduce(copied.path)


def test_what_is_to_be_kept_goes_into_no_folder_of_runs_and_over_nothing(
    copied: Run, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()

    with pytest.raises(ConfigurationError, match="holds something"):
        reproduce(copied.path, keep=tmp_path / "full")
    with pytest.raises(ConfigurationError, match="holds nothing but runs"):
        reproduce(copied.path, keep=copied.path.parents[1] / "again")
