"""`alertmill demo` as a newcomer runs it, with an ephemeral Prefect API."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nbformat
import polars as pl
import pytest
from playwright.sync_api import Browser

from alertmill.reporting.outcomes import template_names
from alertmill.runs import Run
from tests.e2e.workplaces import PROJECT, Workplace
from tests.support.chromium import chromium

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

_FOLDER = PROJECT / "notebook_templates"
TEMPLATES = [_FOLDER / f"{name}.ipynb" for name in template_names(_FOLDER)]
PAGES = ["index", *(path.stem for path in TEMPLATES)]
_BROKEN_IMAGES = "[...document.images].filter(i => !i.naturalWidth).length"


@dataclass(frozen=True)
class Visit:
    """What happened while a page was opened."""

    requests: tuple[str, ...]
    """Addresses that it asked for, without the data that it carries itself."""
    n_broken_images: int


def visit(browser: Browser, path: Path) -> Visit:
    requests: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    n_broken_images = page.evaluate(_BROKEN_IMAGES)
    page.close()
    return Visit(tuple(u for u in requests if not u.startswith("data:")), n_broken_images)


def test_the_demo_ends_with_the_path_of_its_report(
    demo: subprocess.CompletedProcess[str], demo_run: Path
) -> None:
    assert demo.stdout.strip().splitlines()[-1] == str(demo_run / "reports" / "index.html")


def test_every_template_became_a_report(demo_run: Path) -> None:
    expected = {"index.html", "model_card.html", *(f"{path.stem}.html" for path in TEMPLATES)}

    assert TEMPLATES
    assert expected == {path.name for path in (demo_run / "reports").glob("*.html")}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_item_of_the_plan_is_shown_and_can_be_linked_to(
    template: Path, demo_run: Path
) -> None:
    html = (demo_run / "reports" / f"{template.stem}.html").read_text()
    items = [
        tag.removeprefix("covers:")
        for cell in nbformat.read(template, as_version=4).cells
        for tag in cell.metadata.get("tags", [])
        if tag.startswith("covers:")
    ]

    assert items
    assert [item for item in items if f'id="{item}"' not in html] == []


def test_the_model_finds_planted_laundering_but_is_no_oracle(demo_run: Path) -> None:
    measured = Run.open(demo_run).evaluation.get("model", "roc_auc")

    assert measured.value is not None
    assert 0.6 < measured.value < 0.99


def test_no_feature_is_made_of_the_planted_truth_or_the_address_own_label(demo_run: Path) -> None:
    names = Run.open(demo_run).catalogue.names

    assert [
        name for name in names if "label" in name or "truth" in name or "risk_level" in name
    ] == []


def test_training_rows_end_before_the_embargo_and_the_test_begins_after_it(demo_run: Path) -> None:
    run = Run.open(demo_run)
    ends = run.targets.group_by("split").agg(
        pl.col("processing_date").min().alias("first"),
        pl.col("processing_date").max().alias("last"),
    )
    first, last = (dict(ends.select("split", column).iter_rows()) for column in ("first", "last"))

    assert (first["validation"] - last["train"]).days > run.parameters.embargo_days
    assert (first["test"] - last["validation"]).days > run.parameters.embargo_days


def test_the_run_is_listed_and_verified(workplace: Workplace, demo_run: Path) -> None:
    listed = workplace.alertmill("runs")
    verified = workplace.alertmill("verify", str(demo_run))

    assert demo_run.name in listed.stdout.replace("\n", "")
    assert "finished" in listed.stdout
    assert (0, "") == (verified.returncode, verified.stderr)


def test_a_changed_file_is_named_and_fails_the_verification(
    workplace: Workplace, demo_run: Path, tmp_path: Path
) -> None:
    copy = tmp_path / demo_run.name
    shutil.copytree(demo_run, copy)
    (copy / "evaluation" / "metrics.json").write_text("{}")

    verified = workplace.alertmill("verify", str(copy))

    name = f"{demo_run.name}/evaluation/metrics.json"
    assert (1, f"{name}: it was changed") == (verified.returncode, verified.stdout.splitlines()[0])


def test_nothing_is_written_to_the_home_folder(workplace: Workplace, demo_run: Path) -> None:
    assert demo_run.is_dir()
    assert [] == [str(path) for path in (workplace.folder / "home").rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def visits(demo_run: Path) -> dict[str, Visit]:
    """Open every page of the run in one Chromium."""
    with chromium() as browser:
        return {name: visit(browser, demo_run / "reports" / f"{name}.html") for name in PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_a_report_opens_offline_and_asks_for_nothing(
    name: str, demo_run: Path, visits: dict[str, Visit]
) -> None:
    page_url = (demo_run / "reports" / f"{name}.html").as_uri()

    assert Visit((page_url,), n_broken_images=0) == visits[name]


def test_the_model_scores_a_day_and_its_scores_are_exported(
    workplace: Workplace, demo_run: Path, tmp_path: Path
) -> None:
    run, file = Run.open(demo_run), tmp_path / "scores.parquet"
    day, network = str(run.parameters.end_date), ("--network", run.parameters.network)
    of_day = ("--from", day, "--to", day, "--model", run.registration.model_id)

    scored = workplace.alertmill("score", *network, *of_day)
    exported = workplace.alertmill(
        "export", "scores", str(file), *network, "--start-date", day, "--end-date", day
    )

    assert (0, 0) == (scored.returncode, exported.returncode), scored.stderr + exported.stderr
    found = pl.read_parquet(file).select("address", "alert_id", "score")
    tested = run.predictions.filter(pl.col("processing_date") == run.parameters.end_date)
    assert tested.select(found.columns).sort("alert_id").equals(found.sort("alert_id"))
