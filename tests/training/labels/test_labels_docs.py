"""The own strategy of docs/labels.md works, named as the document names it."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alertmill.parameters import TrainingParameters
from alertmill.training.labels.targets import build_targets
from alertmill.vocabulary import LabelStatus
from tests.training.training_data import FIRST_DAY, make_alerts, make_data, make_label, make_labels

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "labels.md").read_text()


def block(language: str) -> str:
    """Return the one code block of a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, flags=re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the example as a module, installed with its entry point."""
    (tmp_path / "house_rules.py").write_text(block("python"))
    info = tmp_path / "house_rules-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: house-rules\nVersion: 1.0\n")
    group, _, points = block("toml").partition("\n")
    name = group.removeprefix('[project.entry-points."').removesuffix('"]')
    (info / "entry_points.txt").write_text(f"[{name}]\n" + points.replace('"', ""))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "house_rules", raising=False)


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("name", ["house_rules:ScamOrService", "scam_or_service"])
def test_the_example_labels_alerts_as_it_says(name: str) -> None:
    parameters = TrainingParameters.model_validate(
        {
            "network": "ethereum",
            "start_date": FIRST_DAY,
            "end_date": FIRST_DAY + timedelta(days=59),
            **json.loads(block("json")),
            "label_strategy": name,
        }
    )
    kinds = {"a": "scam", "b": "exchange", "c": "wallet"}
    alerts = make_alerts(*((0, address, address) for address in "abcd"), (59, "a", "young"))
    data = replace(
        make_data(n_days=60),
        alerts=alerts,
        address_labels=make_labels(
            *(make_label(a, address_type=kind, risk_level="low") for a, kind in kinds.items())
        ),
    )

    targets = build_targets(data, alerts, parameters)

    assert [1, 0, None, None, None] == targets["y"].to_list()
    assert ["labelled", "labelled", "unlabelled", "unlabelled", "too_young"] == targets[
        "label_status"
    ].to_list()


def test_the_example_is_named_as_the_document_names_it() -> None:
    assert json.loads(block("json"))["labels"]["strategy"] == "house_rules:ScamOrService"


@pytest.mark.parametrize("status", [status.value for status in LabelStatus])
def test_every_status_is_explained(status: str) -> None:
    assert f"| `{status}` |" in DOCUMENT


def test_every_column_of_an_answer_is_explained() -> None:
    from alertmill.training.labels.labelling import DECISION_COLUMNS

    answer = DOCUMENT.partition("returns one row per labelled address")[2]
    assert [name for name in DECISION_COLUMNS if f"`{name}`" not in answer] == []
