"""Bring pool, deployments and automations of a Prefect server to what this project holds.

A person may switch a schedule on or off in Prefect's page. Deploying again, as `prefect deploy`
does it, would put the value of prefect.yaml back. So the file is deployed only when it or a flow
has changed, and then with the switches as they stand on the server.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from alertmill.errors import ServiceError
from alertmill.files import write_text
from alertmill.orchestration.api import PrefectApi, Row
from alertmill.orchestration.environment import POOL, StateFolder
from alertmill.orchestration.logs import last_line, log_of
from alertmill.settings import Settings

PREFECT_FILE = "prefect.yaml"
ANSWER_SECONDS = 60.0
"""Time limit of a request to a server that creates its database, pages and deployments."""
_POOL_LIMIT = 1
"""Runs at once: the embedded database has one holder."""

Report = Callable[[str], None]


def create_pool(api: PrefectApi) -> None:
    """Create the work pool of this machine if it is absent; leave one that a person changed."""
    try:
        api.get(f"/work_pools/{POOL}")
    except httpx.HTTPStatusError as error:
        if error.response.status_code != httpx.codes.NOT_FOUND:
            raise
        api.create(
            "/work_pools/",
            {"name": POOL, "type": "process", "concurrency_limit": _POOL_LIMIT},
        )


def deploy(
    settings: Settings, environment: Mapping[str, str], *, project: Path, report: Report
) -> None:
    """Deploy every deployment of prefect.yaml, unless nothing has changed since the last time.

    Parameters
    ----------
    settings : Settings
        Where the server and the state folder are.
    environment : mapping of str to str
        Of the programs, see `service_environment`.
    project : Path
        Folder of prefect.yaml, from which the flows are run.
    report : callable
        Called with a sentence for each schedule whose switch differs from the file.
    """
    state, api = StateFolder.of(settings), PrefectApi.of_up(settings, seconds=ANSWER_SECONDS)
    declared: dict[str, Any] = yaml.safe_load((project / PREFECT_FILE).read_text(encoding="utf-8"))
    deployed = api.rows("/deployments/filter")
    digest = _digest(project)
    digest_file = state.supervisor / "deployed.sha256"
    is_new = not digest_file.exists() or digest_file.read_text(encoding="utf-8").strip() != digest
    if is_new or not _names(declared["deployments"]) <= _names(deployed):
        for sentence in keep_switches(declared["deployments"], deployed):
            report(sentence)
        _run_prefect_deploy(declared, state, environment, project)
        write_text(digest_file, digest + "\n")


def keep_switches(declared: list[Row], deployed: list[Row]) -> list[str]:
    """Set each declared schedule to active or not as the server has it.

    Parameters
    ----------
    declared : list of dict
        Deployments of prefect.yaml; changed in place.
    deployed : list of dict
        Deployments of the server. Schedules are the same if deployment and slug are.

    Returns
    -------
    list of str
        One sentence for each schedule whose switch on the server differs from the file.
    """
    switches = {
        (deployment["name"], schedule["slug"]): schedule["active"]
        for deployment in deployed
        for schedule in deployment["schedules"]
    }
    sentences = []
    for deployment in declared:
        for schedule in deployment.get("schedules") or []:
            wanted = schedule.get("active", True)
            present = switches.get((deployment["name"], schedule.get("slug")), wanted)
            schedule["active"] = present
            if present != wanted:
                sentences.append(_kept(deployment["name"], schedule["slug"], is_on=present))
    return sentences


def _kept(deployment: str, slug: str, *, is_on: bool) -> str:
    now, declared = ("on", "off") if is_on else ("off", "on")
    return (
        f"The schedule {slug} of {deployment} stays {now}, as it was set in the Prefect UI; "
        f"{PREFECT_FILE} has it {declared}."
    )


def _names(deployments: list[Row]) -> set[str]:
    return {deployment["name"] for deployment in deployments}


def _digest(project: Path) -> str:
    """Return a digest of what a deployment is made of: its file, flows and parameter classes."""
    import alertmill.parameters

    folders = project / "flows", Path(alertmill.parameters.__file__).parent
    sources = [project / PREFECT_FILE, *(p for folder in folders for p in folder.rglob("*.py"))]
    digest = hashlib.sha256(os.fsencode(project.resolve()))
    for path in sorted(sources):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _run_prefect_deploy(
    declared: dict[str, Any], state: StateFolder, environment: Mapping[str, str], project: Path
) -> None:
    """Run `prefect deploy --all` on the file with the switches of the server, in one process."""
    prefect_file = state.supervisor / PREFECT_FILE
    # JSON is YAML; a date without quotes becomes a text, as the form sends it.
    write_text(prefect_file, json.dumps(declared, indent=2, default=str) + "\n")
    log = log_of(state, "deploy")
    with log.open("w") as output:
        done = subprocess.run(  # noqa: S603 - our own environment's program
            [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all",
             "--prefect-file", str(prefect_file)],
            cwd=project, env={**environment, "PWD": str(project)}, check=False,
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    if done.returncode != 0:
        raise ServiceError.ended("deployment", last_line=last_line(log), log=log)
