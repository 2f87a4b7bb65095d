"""The files under deploy/, by the linters and schemas of the systems that read them.

They are not run here: that needs a Docker daemon and a cluster.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from alertmill.settings import Settings

PROJECT = Path(__file__).resolve().parents[1]
DEPLOY = PROJECT / "deploy"
_HADOLINT = Path(sys.executable).with_name("hadolint")
_KUBERNETES = "1.37"
_POOLS = ("docker", "kubernetes")


def _lint(dockerfile: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a linter of our own environment
        [_HADOLINT, dockerfile], capture_output=True, text=True, check=False
    )


def _resources() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{path.name}: {resource['kind']}", resource)
        for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
        for resource in yaml.safe_load_all(path.read_text())
    ]


def _pool(name: str) -> dict[str, Any]:
    pool: dict[str, Any] = json.loads((DEPLOY / name / "work-pool.json").read_text())
    return pool


def _defaults(pool: dict[str, Any]) -> dict[str, Any]:
    properties = pool["variables"]["properties"]
    return {name: found["default"] for name, found in properties.items() if "default" in found}


def test_the_linter_finds_nothing_in_the_dockerfile_and_something_in_a_bad_one(
    tmp_path: Path,
) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM debian\nRUN cd /tmp && sudo apt-get install curl\n")

    linted, bad_one = _lint(DEPLOY / "Dockerfile"), _lint(bad)

    assert (linted.returncode, linted.stdout) == (0, "")
    assert bad_one.returncode == 1


def test_the_image_copies_what_is_there_and_runs_without_the_rights_of_root() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copies = [line.split()[1:-1] for line in lines if re.match(r"COPY (?!--from)", line)]
    listed = (DEPLOY / "Dockerfile.dockerignore").read_text()

    sources = {source for sources in copies for source in sources}
    assert [source for source in sources if not (PROJECT / source).exists()] == []
    assert [source for source in sources if f"!{source}\n" not in listed] == []
    assert "USER 10001" in lines


@pytest.mark.parametrize(("name", "resource"), _resources())
def test_a_kubernetes_resource_fits_its_schema(name: str, resource: dict[str, Any]) -> None:
    named = resource | {"metadata": {"name": name, **resource["metadata"]}}

    kubernetes_validate.validate(named, _KUBERNETES, strict=True)


def test_a_misspelt_field_of_kubernetes_does_not_fit() -> None:
    _, resource = next(found for found in _resources() if found[1]["kind"] == "Deployment")
    wrong = resource | {"spec": {**resource["spec"], "replica": 1}}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, _KUBERNETES, strict=True)


@pytest.mark.parametrize("name", _POOLS)
def test_the_variables_of_a_work_pool_are_a_schema_that_fits_their_defaults(name: str) -> None:
    variables = _pool(name)["variables"]

    jsonschema.Draft202012Validator.check_schema(variables)
    jsonschema.validate(_defaults(_pool(name)), variables)


@pytest.mark.parametrize("name", _POOLS)
def test_every_placeholder_of_a_work_pool_is_a_variable(name: str) -> None:
    pool = _pool(name)
    placeholders = set(re.findall(r"\{\{ (\w+) \}\}", json.dumps(pool["job_configuration"])))

    assert placeholders == set(pool["variables"]["properties"])


def test_the_job_that_the_kubernetes_pool_makes_fits_its_schema() -> None:
    pool = _pool("kubernetes")
    values = {
        **_defaults(pool),
        "name": "a-run",
        "command": ["prefect", "flow-run", "execute"],
        "env": [{"name": "A", "value": "B"}],
        "labels": {"prefect.io/flow-run-name": "a-run"},
    }

    job = _fill(pool["job_configuration"]["job_manifest"], values)

    job["metadata"]["name"] = "a-run"
    kubernetes_validate.validate(job, _KUBERNETES, strict=True)


def _fill(template: Any, values: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Put values in place of placeholders, and leave out what has none, as a worker does."""
    if isinstance(template, dict):
        filled = {key: _fill(value, values) for key, value in template.items()}
        return {key: value for key, value in filled.items() if value is not None}
    if isinstance(template, list):
        return [_fill(value, values) for value in template]
    found = re.fullmatch(r"\{\{ (\w+) \}\}", str(template))
    if found:
        return values.get(found[1])
    return template.replace("{{ name }}", values["name"]) if isinstance(template, str) else template


def test_every_image_is_of_the_version_of_the_project() -> None:
    project = (PROJECT / "pyproject.toml").read_text()
    version = re.search(r'^version = "(.+)"', project, re.MULTILINE)
    assert version is not None
    texts = [path.read_text() for path in DEPLOY.rglob("*") if path.is_file()]

    images = [image for text in texts for image in re.findall(r"alertmill:[0-9][^\s\"]*", text)]

    assert set(images) == {f"alertmill:{version[1]}"}


def test_the_settings_of_the_pods_are_settings_of_the_project() -> None:
    config = next(resource for _, resource in _resources() if resource["kind"] == "ConfigMap")
    known = {name.upper() for name in Settings.model_fields} | {"PREFECT_API_URL"}

    assert set(config["data"]) <= known
