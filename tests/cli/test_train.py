"""`alertmill train`: every parameter as an option, or from a file, with one description."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from alertmill.cli import app
from alertmill.errors import BAD_INPUT
from alertmill.parameters import TrainingParameters, TrainingRequest
from alertmill.vocabulary import Network
from tests.cli.program import Program

RANGE = ("--network", "ethereum", "--start-date", "2024-01-01", "--end-date", "2024-03-31")
PLAIN: dict[str, Any] = {
    "network": "ethereum",
    "start_date": "2024-01-01",
    "end_date": "2024-03-31",
}
FLOW = "import pathlib, sys; pathlib.Path('asked.json').write_text(open(sys.argv[1]).read())\n"
COMMAND: Any = get_command(app)
OPTIONS_OF_FIRST_VERSION: dict[tuple[str, ...], dict[str, Any]] = {
    ("--window-days", "14"): {"window_days": 14},
    ("--model-type", "alert_ranker"): {"model_type": "alert_ranker"},
    ("--review-budget", "5"): {"review_budget": 5},
    ("--validation-days", "3"): {"split": {"validation_days": 3}},
    ("--test-days", "4"): {"split": {"test_days": 4}},
    ("--label-strategy", "a:B"): {"labels": {"strategy": "a:B"}},
    ("--label-knowledge", "as_of"): {"labels": {"knowledge": "as_of"}},
    ("--label-maturity-days", "5"): {"labels": {"maturity_days": 5}},
    ("--n-trials", "2"): {"tuning": {"n_trials": 2}},
    ("--max-minutes", "1.5"): {"tuning": {"max_minutes": 1.5}},
    ("--parallel-trials", "3"): {"tuning": {"n_parallel_trials": 3}},
    ("--trainer", "a:C"): {"computing": {"trainer": "a:C"}},
    ("--compare-with", "m1", "--compare-with", "m2"): {"comparison": {"models": ["m1", "m2"]}},
    ("--compare-latest", "2"): {"comparison": {"n_latest": 2}},
    ("--overrule-leak", "n_alerts=known"): {"leak_screen": {"overruled": {"n_alerts": "known"}}},
    ("--mute-check", "AM011=a pilot"): {"checks": {"muted": {"AM011": "a pilot"}}},
    ("--seed", "3"): {"seed": 3},
    ("--lag-days", "2", "--time-zone", "Europe/Berlin"): {
        "lag_days": 2,
        "time_zone": "Europe/Berlin",
    },
}

Train = Callable[..., TrainingRequest]


@pytest.fixture
def train(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Return a function that trains in a project whose flow only keeps what it was asked for."""
    project = tmp_path / "project"
    (project / "flows").mkdir(parents=True)
    (project / "flows" / "training.py").write_text(FLOW)
    monkeypatch.chdir(project)

    def call(*arguments: str) -> TrainingRequest:
        found = program("train", *arguments)
        assert (0, "") == (found.code, found.err)
        return TrainingRequest.model_validate_json((project / "asked.json").read_text())

    return call


@pytest.mark.parametrize("options", OPTIONS_OF_FIRST_VERSION, ids=" ".join)
def test_options_keep_their_names(train: Train, options: tuple[str, ...]) -> None:
    expected = TrainingRequest.model_validate(PLAIN | OPTIONS_OF_FIRST_VERSION[options])

    assert expected == train(*RANGE, *options)


def fields(schema: dict[str, Any], found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return name and schema of the fields, with those of sections under ``section-field``."""
    for name, field in found["properties"].items():
        section = schema["$defs"].get(field.get("$ref", "").rpartition("/")[-1], {})
        if "properties" in section:
            yield from ((f"{name}-{inner}", one) for inner, one in fields(schema, section))
        else:
            yield name, field


def test_every_field_of_the_form_is_an_option_with_the_same_description() -> None:
    schema = TrainingRequest.model_json_schema()
    options = {name: option for option in COMMAND.commands["train"].params for name in option.opts}

    described = {f"--{name}".replace("_", "-"): one for name, one in fields(schema, schema)}

    assert len(described) > 30
    for name, field in described.items():
        assert options[name].help.startswith(field["description"])


@pytest.mark.parametrize("suffix", [".json", ".yaml", ".yml"])
def test_a_file_holds_the_parameters_and_options_replace_them(
    train: Train, tmp_path: Path, suffix: str
) -> None:
    given = PLAIN | {"tuning": {"n_trials": 3, "cv_folds": 4}, "promotion": {"mode": "off"}}
    file = tmp_path / f"parameters{suffix}"
    file.write_text(json.dumps(given) if suffix == ".json" else yaml.safe_dump(given))

    as_written = train("--parameters", str(file))
    changed = train("--parameters", str(file), "--n-trials", "8", "--promotion-margin", "0.1")

    assert TrainingRequest.model_validate(given) == as_written
    assert (8, 4) == (changed.tuning.n_trials, changed.tuning.cv_folds)
    assert ("off", 0.1) == (changed.promotion.mode, changed.promotion.margin)


def test_a_mode_without_quotes_in_yaml_is_a_text(train: Train, tmp_path: Path) -> None:
    file = tmp_path / "parameters.yaml"
    file.write_text(
        "network: ethereum\nstart_date: 2024-01-01\nend_date: 2024-03-31\n"
        "promotion:\n  mode: off\ntuning:\n  prune: false\n"
    )

    found = train("--parameters", str(file))

    assert ("off", False) == (found.promotion.mode, found.tuning.prune)


def test_the_parameters_of_a_run_repeat_it_also_under_old_names(
    train: Train, tmp_path: Path
) -> None:
    parameters = TrainingParameters(
        network=Network.ETHEREUM, start_date=date(2024, 1, 1), end_date=date(2024, 3, 31), seed=5
    )
    file = tmp_path / "parameters.json"
    old = {**json.loads(parameters.model_dump_json()), "trainer": "a:C"}
    old.pop("computing")
    file.write_text(json.dumps(old))

    assert "a:C" == train("--parameters", str(file)).computing.trainer
    assert "b:D" == train("--parameters", str(file), "--trainer", "b:D").computing.trainer
    assert 5 == train("--parameters", str(file)).seed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("network: [", "cannot be read as parameters"),
        ("- ethereum", "it holds list"),
        ("seed: 1", "the network is missing"),
        (json.dumps(PLAIN | {"tuning": {"n_trails": 3}}), "tuning.n_trails: there is no parameter"),
        (json.dumps(PLAIN | {"tuning": {"n_trials": 0}}), "tuning.n_trials: Input should be"),
        (json.dumps(PLAIN | {"network": "dogecoin"}), "network: unknown network 'dogecoin'"),
    ],
)
def test_a_file_that_cannot_work_is_refused_in_one_line(
    program: Program, tmp_path: Path, text: str, expected: str
) -> None:
    file = tmp_path / "parameters.yaml"
    file.write_text(text)

    found = program("train", "--parameters", str(file))

    assert BAD_INPUT == found.code
    (line,) = found.err.splitlines()
    assert line.startswith("error: ")
    assert expected in line


@pytest.mark.parametrize("option", ["--overrule-leak", "--mute-check"])
def test_a_reason_that_is_missing_is_asked_for_under_the_name_of_the_option(
    program: Program, option: str
) -> None:
    found = program("train", *RANGE, option, "AM011")

    assert BAD_INPUT == found.code
    assert f"error: {option} 'AM011': expected NAME=REASON" in found.err
