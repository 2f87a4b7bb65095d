"""The flow on the demo's database: a broken notebook, input that cannot work, a deployment."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest

from alertmill.promotions import decision_of, verdict_of
from alertmill.reporting.manifest import verify
from alertmill.reporting.outcomes import load_outcomes
from alertmill.runs import Run
from alertmill.vocabulary import PromotionMode, PromotionOutcome, PromotionVerdict
from tests.e2e.workplaces import Workplace
from tests.support.services import PREFECT, prefect_server, service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

DATES = ("--start-date", "2024-01-01", "--end-date", "2024-02-29")


@pytest.fixture(scope="module")
def broken_project(project_with: Callable[..., Path]) -> Path:
    """A project with one report that works and one whose second section fails."""
    folder = project_with("03_model_training", "06_model_comparison")
    path = folder / "notebook_templates" / "06_model_comparison.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = nbformat.v4.new_code_cell("raise RuntimeError('the table is gone')", id="gone")
    notebook.cells.insert(5, cell)
    nbformat.write(notebook, path)
    return folder


@pytest.fixture(scope="module")
def broken_run(
    workplace: Workplace, demo_run: Path, broken_project: Path
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """What `alertmill train` in that project said, and its run folder."""
    assert demo_run.is_dir()
    done = workplace.alertmill("train", "--network", "ethereum", *DATES, project=broken_project)
    return done, workplace.run_dirs[-1]


def test_a_broken_notebook_fails_the_run_and_is_named(
    broken_run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, _ = broken_run

    assert done.returncode == 1
    assert "1 of the notebooks failed: 06_model_comparison" in done.stderr


def test_the_other_notebooks_are_published_all_the_same(
    broken_run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, run_dir = broken_run
    outcomes = {outcome.template: outcome for outcome in load_outcomes(Run.open(run_dir))}

    assert outcomes["03_model_training"].is_ok
    assert outcomes["06_model_comparison"].failed_cell == "gone"
    assert (run_dir / "reports" / "03_model_training.html").is_file()
    assert "the table is gone" in (run_dir / "reports" / "06_model_comparison.html").read_text()
    assert "06_model_comparison.html" in (run_dir / "reports" / "index.html").read_text()


def test_the_demo_makes_its_model_the_champion_after_it_is_published(demo_run: Path) -> None:
    run = Run.open(demo_run)
    decided, verdict = decision_of(run), verdict_of(run)

    assert decided is not None
    assert verdict is not None
    assert (PromotionOutcome.FIRST, PromotionMode.AUTO) == (decided.outcome, decided.mode)
    assert verdict.verdict is PromotionVerdict.PROMOTED, verdict.sentence
    assert decided.sentence in (run.path / "reports" / "index.html").read_text()
    assert verify(run.path).ok


def test_the_second_run_meets_the_model_of_the_first_as_champion_and_reproduces_it(
    demo_run: Path, broken_run: tuple[subprocess.CompletedProcess[str], Path]
) -> None:
    first, run = Run.open(demo_run), Run.open(broken_run[1])
    decided = decision_of(run)

    assert run.champion.reason == ""
    assert run.champion.model_id == first.registration.model_id
    assert run.checks.champion_id == first.registration.model_id
    assert "score_champion" in run.predictions.columns
    assert decided is not None
    assert decided.outcome is PromotionOutcome.SAME_MODEL
    assert (run.registration.model_id, "1.0.0") == (
        first.registration.model_id,
        run.registration.version,
    )


def test_a_run_with_a_broken_notebook_decides_and_nothing_follows(
    broken_run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    assert verdict_of(Run.open(broken_run[1])) is None


def test_the_same_data_and_parameters_give_the_same_model_and_scores(
    demo_run: Path, broken_run: tuple[subprocess.CompletedProcess[str], Path]
) -> None:
    first, second = Run.open(demo_run), Run.open(broken_run[1])

    assert first.model.booster_text == second.model.booster_text
    assert first.predictions["score"].equals(second.predictions["score"])


def test_dates_without_alerts_are_bad_input_and_the_message_says_which_exist(
    workplace: Workplace, demo_run: Path, broken_project: Path
) -> None:
    assert demo_run.is_dir()
    done = workplace.alertmill(
        "train", "--network", "ethereum", "--start-date", "2031-01-01", "--end-date", "2031-03-01",
        project=broken_project,
    )  # fmt: skip

    page = (workplace.run_dirs[-1] / "reports" / "index.html").read_text()
    assert done.returncode == 2
    assert "the table holds 2024-01-01 to 2024-02-29" in done.stderr
    assert "The run stopped in the stage “extract”" in page
    assert "the table holds 2024-01-01 to 2024-02-29" in page


# --- the deployment --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def deployed(
    workplace: Workplace, demo_run: Path, project_with: Callable[..., Path]
) -> Iterator[dict[str, str]]:
    """A Prefect server with our deployments and a worker; gives the environment to reach it."""
    assert demo_run.is_dir()
    folder = project_with("03_model_training")
    # PWD is what prefect.yaml takes for the folder of the project
    with prefect_server(folder, workplace.environment | {"PWD": str(folder)}) as environment:
        for arguments in (
            ("work-pool", "create", "local", "--type", "process"),
            ("--no-prompt", "deploy", "--all"),
        ):
            subprocess.run([PREFECT, *arguments], cwd=folder, env=environment, check=True)  # noqa: S603 - our own environment's prefect
        with service([PREFECT, "worker", "start", "--pool", "local"], environment, folder):
            yield environment


@pytest.fixture(scope="module")
def deployment_run(
    workplace: Workplace, deployed: dict[str, str]
) -> tuple[subprocess.CompletedProcess[str], Run]:
    """State, message and artifacts of a run of the deployment, and its folder."""
    script = """
import json
from prefect.client.orchestration import get_client
from prefect.deployments import run_deployment

parameters = {
    "network": "ethereum", "start_date": "2024-01-05", "end_date": "2024-02-29",
    "review_budget": 10, "computing": {"n_bootstrap": 50},
}
done = run_deployment("training/training", parameters={"parameters": parameters}, poll_interval=1)
with get_client(sync_client=True) as client:
    keys = sorted({a.key for a in client.read_artifacts() if a.key})
print(json.dumps([done.state.name, done.state.message, keys]))
"""
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], env=deployed, capture_output=True, text=True, check=False
    )
    return done, Run.open(workplace.run_dirs[-1])


def test_the_deployment_runs_with_changed_parameters(
    deployed: dict[str, str], deployment_run: tuple[subprocess.CompletedProcess[str], Run]
) -> None:
    done, run = deployment_run

    log = (Path(deployed["PWD"]) / "services.log").read_text()
    assert done.stdout.strip(), done.stderr[-3000:] + log[-6000:]
    state, message, keys = json.loads(done.stdout)
    verdict = verdict_of(run)
    assert verdict is not None, message
    assert (verdict.title, ["report", "tuning-progress"]) == (state, keys)
    assert message.startswith(verdict.sentence)
    assert f"/runs/ethereum/{run.run_id}/" in message
    assert (10, "2024-01-05") == (run.parameters.review_budget, str(run.parameters.start_date))
    assert run.is_finished


def test_a_person_may_promote_a_model_that_was_not_promoted_by_itself(
    workplace: Workplace, deployment_run: tuple[subprocess.CompletedProcess[str], Run]
) -> None:
    run = deployment_run[1]
    before, model_id = verdict_of(run), run.registration.model_id
    assert before is not None
    assert before.verdict in (PromotionVerdict.KEPT, PromotionVerdict.UNDECIDED), before.sentence

    done = workplace.alertmill("promote", model_id, "--reason", "reviewed by the desk")

    after = verdict_of(run)
    assert f"{model_id} is the champion" in done.stdout, done.stderr
    assert "reviewed by the desk" in workplace.alertmill("promotions").stdout
    assert after is not None
    assert after.verdict is PromotionVerdict.PROMOTED
    assert "reviewed by the desk" in after.sentence
