"""What the documents, the configuration and the layers promise."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from alertmill.parameters import (
    DemoParameters,
    HousekeepingParameters,
    IngestionParameters,
    PromotionRequest,
    ReviewRequest,
    ScoringParameters,
    TrainingRequest,
)
from alertmill.settings import Settings

PROJECT = Path(__file__).resolve().parents[1]
NOT_OURS = {".venv", ".cache", ".alertmill", "runs"}
DOCUMENTS = [
    path.as_posix()
    for path in sorted(found.relative_to(PROJECT) for found in PROJECT.rglob("*.md"))
    if not NOT_OURS & set(path.parts)
]


@pytest.mark.process
def test_import_contracts_hold() -> None:
    # In this process it would configure logging anew, and so disable every logger that there is.
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(  # noqa: S603 - a program of the environment
        [program, "--no-cache", "--no-logo"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_between_documents_lead_somewhere(document: str) -> None:
    path = PROJECT / document
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text())

    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_entrypoint_of_the_deployments_can_be_imported() -> None:
    deployments = yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"]
    entrypoints = [deployment["entrypoint"].split(":") for deployment in deployments]

    assert entrypoints
    for path, name in entrypoints:
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        assert hasattr(module, name)


PARAMETERS: dict[str, type[BaseModel]] = {
    "demo": DemoParameters,
    "housekeeping": HousekeepingParameters,
    "ingestion": IngestionParameters,
    "promotion": PromotionRequest,
    "review": ReviewRequest,
    "scoring": ScoringParameters,
    "training": TrainingRequest,
}
"""Of the flow of each deployment."""


def test_the_parameters_of_a_deployment_are_valid() -> None:
    deployments = yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"]

    assert sorted(PARAMETERS) == sorted(deployment["name"] for deployment in deployments)
    for deployment in deployments:
        if "parameters" in deployment:  # a promotion has none before a person fills in the form
            model = PARAMETERS[deployment["name"]]
            model.model_validate(deployment["parameters"]["parameters"])


@pytest.mark.parametrize("model", [Settings, *PARAMETERS.values()])
def test_every_field_explains_itself(model: type[BaseModel]) -> None:
    unexplained = [name for name, field in model.model_fields.items() if not field.description]

    assert unexplained == []


def test_every_template_is_in_the_list_of_templates() -> None:
    listed = (PROJECT / "notebook_templates" / "README.md").read_text()
    templates = sorted((PROJECT / "notebook_templates").glob("[0-9]*.ipynb"))

    assert [path.name for path in templates if path.name not in listed] == []


def test_the_lock_names_no_index_and_hashes_everything() -> None:
    lines = (PROJECT / "requirements.lock").read_text().splitlines()
    pins = [number for number, line in enumerate(lines) if re.match(r"[A-Za-z0-9_.\[\]-]+==", line)]

    assert pins
    assert [line for line in lines if line.startswith("--") or "://" in line] == []
    assert [lines[number] for number in pins if "--hash=sha256:" not in lines[number + 1]] == []


def test_the_lock_leaves_out_what_makes_every_program_start_seconds_later() -> None:
    """A jsonschema that finds this package compiles its grammar whenever it is imported."""
    assert "rfc3987-syntax" not in (PROJECT / "requirements.lock").read_text()


@pytest.mark.process
def test_importing_the_library_loads_nothing_heavy() -> None:
    script = (
        "import sys, alertmill.runs, alertmill.cli, alertmill.interactive\n"
        "heavy = {'prefect', 'papermill', 'nbconvert', 'shap', 'lightgbm', 'sklearn', 'optuna',"
        " 'matplotlib', 'igraph', 'pandas', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )

    found = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"


def test_the_services_of_docker_are_for_this_machine_alone_and_hold_no_password() -> None:
    text = (PROJECT / "compose.yaml").read_text()
    services = yaml.safe_load(text)["services"]

    assert {"clickhouse", "prefect"} == set(services)
    for service in services.values():
        assert re.search(r":\d+\.\d+", service["image"]), "an image has its version"
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert service["healthcheck"]["test"][0] == "CMD"
    assert "${CLICKHOUSE_PASSWORD:?" in services["clickhouse"]["environment"]["CLICKHOUSE_PASSWORD"]


def test_the_page_on_servers_lists_every_setting_of_the_database() -> None:
    page = (PROJECT / "docs" / "server.md").read_text()
    names = [name.upper() for name in Settings.model_fields if name.startswith("clickhouse_")]

    assert [name for name in names if f"`{name}`" not in page] == []


def test_the_page_on_operation_lists_every_setting_of_what_runs() -> None:
    page = (PROJECT / "docs" / "operations.md").read_text()
    names = [name.upper() for name in Settings.model_fields if name.startswith("alertmill_")]

    assert [name for name in names if f"`{name}`" not in page] == []
