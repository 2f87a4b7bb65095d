"""A flow with the parts of a training that recovery is about, and stages that wait for a word.

Each stage notes its attempt in ``<folder of the run>/attempts/<stage>`` and starts a child in a
session of its own; then it waits for the file ``go`` beside the runs folder, or for its own name
there.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from prefect import State, flow
from prefect.states import Completed

from alertmill.orchestration.polling import poll
from alertmill.parameters import TrainingRequest
from alertmill.processes import private_folder
from alertmill.reporting.manifest import write_manifest
from alertmill.runs import Run, Stage
from alertmill.settings import Settings
from tasks.reporting import explain_end
from tasks.runs import end_children, is_published, resolve, run_name, sole_run, start_run

STAGES = (Stage.EXTRACT, Stage.FEATURES, Stage.TUNE)


@flow(
    name="killable",
    flow_run_name=run_name,
    on_crashed=[end_children, explain_end],
    on_cancellation=[end_children, explain_end],
)
def killable(parameters: TrainingRequest) -> State[Any]:
    """Run the stages that are left to do, as a training does."""
    with sole_run(resolve(parameters)) as known:
        return known or concluded(make(parameters))


def make(parameters: TrainingRequest) -> Run:
    run = Run.open(start_run(parameters))
    if not is_published(run.path):
        for stage in STAGES:
            run.complete(stage, lambda stage=stage: work(run, stage))
        write_manifest(run)
    return run


def concluded(run: Run) -> State[Any]:
    return Completed(name="Kept", message=f"The champion stays. {run.run_id}")


def work(run: Run, stage: Stage) -> Iterable[Path]:
    place = Settings().alertmill_runs_dir.parent
    note(place / "attempts" / f"{run.run_id}.{stage.value}", str(os.getpid()))
    child = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
    note(place / "children", str(child.pid))
    with private_folder():
        poll(lambda: (place / "go").exists() or (place / f"go-{stage.value}").exists(), seconds=300)
    file = run.path / "data" / f"{stage.value}.txt"
    note(file, "done")
    return [file]


def note(file: Path, line: str) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("a") as stream:
        stream.write(f"{line}\n")


if __name__ == "__main__":
    ended = killable(TrainingRequest.model_validate_json(sys.argv[1]), return_state=True)
    sys.stdout.write(f"{ended.name}: {ended.message}\n")
