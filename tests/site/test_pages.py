"""What the pages and the JSON answers say."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import httpx
import pytest

from alertmill.evaluation.reports import HEADLINE_METRICS
from alertmill.files import write_text
from alertmill.removals import REMOVALS_FOLDER
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.reviewing import ReviewDesk, Statement
from alertmill.reporting.signing import sign_run
from alertmill.reviews import ReviewTerms
from alertmill.runs import Run
from alertmill.snapshots.deliveries import (
    DELIVERIES_FILE,
    DeliveryReport,
    MissingSnapshots,
    write_delivery_report,
)
from alertmill.vocabulary import FindingSeverity, Network, PromotionVerdict
from tests.site.test_catalogue import remove
from tests.site.worlds import Plan, fail_run, finish_run, start_run
from tests.support.signing import signed_ledger

_REFERENCE = re.compile(r'(?:href|src|action)="([^"]*)"')
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"


def text_of(answer: httpx.Response) -> str:
    """Return the words of a page without its tags."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))


def page_of(run: Run) -> str:
    """Return the address of a run's page."""
    return f"/runs/{run.parameters.network}/{run.run_id}/"


def test_the_catalogue_lists_the_runs_with_verdict_and_numbers(
    site: httpx.Client, runs_dir: Path
) -> None:
    finish_run(runs_dir, Plan(n=1, value=0.6, verdict=PromotionVerdict.PROMOTED))
    fail_run(runs_dir, Plan(n=2), message="no alerts in the range.")

    text = text_of(site.get("/"))

    assert "2 runs · 1 finished · 1 failed" in text
    assert "promoted" in text
    assert "0.60 0.48 to 0.70" in text
    assert "Stopped in the stage extract: no alerts in the range." in text


@pytest.mark.parametrize(
    ("n_runs", "expected"), [(0, "No runs yet."), (1, "1 run · 1 unfinished"), (2, "2 runs · 2")]
)
def test_the_catalogue_counts_its_runs(
    site: httpx.Client, runs_dir: Path, n_runs: int, expected: str
) -> None:
    for n in range(n_runs):
        start_run(runs_dir, Plan(n=n))

    assert expected in text_of(site.get("/"))


def test_a_filter_leaves_others_out_and_stays_in_the_form(
    site: httpx.Client, runs_dir: Path
) -> None:
    finish_run(runs_dir, Plan(n=1))
    other = finish_run(runs_dir, Plan(n=2, network=Network.BITCOIN))

    answer = site.get("/", params={"network": "bitcoin", "verdict": "", "from": "2024-01-01"})

    assert "1 run of 2" in text_of(answer)
    assert other.run_id in answer.text
    assert '<option value="bitcoin" selected>' in answer.text
    assert 'type="date" value="2024-01-01"' in answer.text


def test_a_filter_that_nothing_fits_says_so(site: httpx.Client, run: Run) -> None:  # noqa: ARG001
    answer = site.get("/", params={"verdict": "rejected"})

    assert "No run is like that; 1 run in all." in text_of(answer)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"from": "2024-13-01"}, "From '2024-13-01': Input should be a valid date"),
        ({"verdict": HOSTILE}, "Verdict"),
        ({"from": "2024-02-01", "to": "2024-01-01"}, "From is 2024-02-01, after to, 2024-01-01"),
        ({HOSTILE: "1"}, "Extra inputs are not permitted"),
    ],
)
def test_a_filter_that_cannot_be_is_explained(
    site: httpx.Client, asked: dict[str, str], expected: str
) -> None:
    answer = site.get("/", params=asked)

    assert 400 == answer.status_code
    assert expected in text_of(answer)
    assert "<script" not in answer.text


def test_the_page_of_a_run_shows_verdict_numbers_checks_reports_and_files(
    site: httpx.Client, run: Run
) -> None:
    answer = site.get(page_of(run))
    text = text_of(answer)

    assert "Kept" in text
    assert (
        "Average precision on new addresses against the champion alert_scorer-champion : " in text
    )
    assert "+0.03 (−0.01 to +0.07); margin 0.05" in text  # noqa: RUF001 - a minus
    assert "41 confirmed of 1,234 alerts, 210 addresses" in text
    assert "No better than the rule AM001 blocks a promotion Found as issue." in text
    for name in ("reports/01_first.html", "notebooks/01_first.ipynb", "reports.zip"):
        assert f'{page_of(run)}files/{name}"' in answer.text
    assert 'href="archive.zip"' in answer.text


def test_every_link_of_the_pages_leads_somewhere(site: httpx.Client, runs_dir: Path) -> None:
    runs = [finish_run(runs_dir, Plan(n=n)) for n in range(3)]
    compare = f"/compare?left=ethereum/{runs[0].run_id}&right=ethereum/{runs[1].run_id}"
    pages = ["/", page_of(runs[1]), compare, "/?per_page=1&page=2"]

    for page in pages:
        for link in set(map(unescape, _REFERENCE.findall(site.get(page).text))):
            if not link.startswith(("#", "data:")):
                found = site.head(str(httpx.URL(f"http://x{page}").join(link).raw_path.decode()))
                expected = {400} if link == "/compare" else {200}
                assert found.status_code in expected, f"{link} of {page}"


def test_the_page_of_a_failed_run_says_why(site: httpx.Client, runs_dir: Path) -> None:
    run = fail_run(runs_dir, Plan(), message="no alerts in the range.")

    text = text_of(site.get(page_of(run)))

    assert "Failed Stopped in the stage extract: no alerts in the range." in text
    assert "The run was not evaluated" in text


def test_a_file_that_differs_from_the_manifest_is_marked(site: httpx.Client, run: Run) -> None:
    (run.path / "reports/01_first.html").write_text("changed")
    (run.path / "notebooks/01_first.ipynb").unlink()
    (run.path / "added.txt").write_text("added")

    text = text_of(site.get(page_of(run)))

    assert "Reports/01_first.html has changed since the run was published." in text
    assert "Notebooks/01_first.ipynb is missing." in text
    assert "Added.txt is not in the manifest." in text


def test_a_removed_run_has_a_page_without_complaints(site: httpx.Client, run: Run) -> None:
    remove(run)
    (run.path / "reports.zip").unlink()

    text = text_of(site.get(page_of(run)))

    assert "Removed on 2026-06-01 by housekeeping" in text
    assert "is missing" not in text


def test_a_removed_run_without_a_folder_has_a_page(
    site: httpx.Client, run: Run, tmp_path: Path
) -> None:
    remove(run)
    run.path.rename(tmp_path / "gone")

    assert (run.path.parent / REMOVALS_FOLDER).is_dir()
    assert "Removed on 2026-06-01" in text_of(site.get(page_of(run)))


def test_the_address_without_a_slash_leads_to_the_page(site: httpx.Client, run: Run) -> None:
    answer = site.get(page_of(run).rstrip("/"))

    assert (308, page_of(run)) == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize(
    "target", ["/nothing", "/runs/ethereum/nothing/", "/runs/ethereum/nothing", "/runs/x/y/files/z"]
)
def test_what_is_not_there_is_not_found(site: httpx.Client, target: str) -> None:
    answer = site.get(target)

    assert 404 == answer.status_code
    assert "<h1>Not found</h1>" in answer.text


@pytest.mark.parametrize(("n", "status"), [(0, 400), (1, 400), (2, 303), (3, 400)])
def test_two_runs_are_compared_and_no_other_number(
    site: httpx.Client, runs_dir: Path, n: int, status: int
) -> None:
    names = [f"ethereum/{finish_run(runs_dir, Plan(n=i)).run_id}" for i in range(n)]

    answer = site.get("/compare", params={"run": names})

    assert status == answer.status_code
    if status == 303:
        assert f"/compare?left={names[1]}&right={names[0]}" == answer.headers["location"]
    elif n:
        assert "chosen, expected 2" in text_of(answer)


def test_a_comparison_with_a_run_that_is_not_there_is_not_found(
    site: httpx.Client, run: Run
) -> None:
    params = {"left": f"ethereum/{run.run_id}", "right": "ethereum/nothing"}

    assert 404 == site.get("/compare", params=params).status_code
    assert 404 == site.get("/api/compare", params=params).status_code


def test_a_delivery_that_did_not_come_stands_on_the_catalogue(
    site: httpx.Client, runs_dir: Path
) -> None:
    missing = MissingSnapshots(
        window_days=7, first=date(2024, 1, 10), last=date(2024, 1, 10), n_snapshots=1
    )
    report = DeliveryReport(
        network=Network.ETHEREUM,
        url="s3://deliveries",
        checked_at=datetime(2024, 1, 11, 6, tzinfo=UTC),
        day=date(2024, 1, 11),
        absent=(missing,),
    )
    write_delivery_report(runs_dir, report)

    text = text_of(site.get("/"))

    assert "ethereum: expected 2024-01-10, absent (checked 2024-01-11 06:00 UTC)" in text


def test_a_damaged_delivery_report_does_not_break_the_catalogue(
    site: httpx.Client, run: Run
) -> None:
    write_text(run.path.parent / DELIVERIES_FILE, "{")

    answer = site.get("/")

    assert 200 == answer.status_code
    assert "is no delivery report" in text_of(answer)
    assert run.run_id in answer.text


def test_text_of_a_hostile_run_is_shown_as_text(site: httpx.Client, runs_dir: Path) -> None:
    run = finish_run(runs_dir, Plan(n=1))
    failed = fail_run(runs_dir, Plan(n=2), message=HOSTILE)
    for name in ("parameters.json", "manifest.json", "checks/checks.json"):
        path = run.path / name
        quoted = HOSTILE.replace('"', '\\"')
        for known in ("boosted_trees", "no better than the rule", "The first report"):
            write_text(path, path.read_text().replace(known, quoted))

    compare = f"/compare?left=ethereum/{run.run_id}&right=ethereum/{failed.run_id}"
    for target in ("/", page_of(run), page_of(failed), compare):
        answer = site.get(target)

        assert 200 == answer.status_code
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        assert "49" not in answer.text.partition("onerror")[2][:60]
        assert "alert(1)" in answer.text


def test_the_json_list_has_the_same_filters(site: httpx.Client, runs_dir: Path) -> None:
    runs = [finish_run(runs_dir, Plan(n=n)) for n in range(3)]

    found = site.get("/api/runs", params={"per_page": 2, "network": "ethereum"}).json()

    assert [runs[2].run_id, runs[1].run_id] == [run["run_id"] for run in found["runs"]]
    assert (3, 1, 2, 2, 0) == tuple(
        found[name] for name in ("total", "page", "per_page", "n_pages", "n_unread")
    )


def test_a_filter_that_cannot_be_is_an_error_of_the_json_list(site: httpx.Client) -> None:
    answer = site.get("/api/runs", params={"page": "0"})

    assert 422 == answer.status_code
    assert ["query", "page"] == answer.json()["detail"][0]["loc"]


def test_a_run_as_json_has_its_parameters_metrics_checks_and_files(
    site: httpx.Client, run: Run
) -> None:
    found = site.get(f"/api/runs/ethereum/{run.run_id}").json()

    assert {"name": "seed", "value": "7"} in found["parameters"]
    assert "kept" == found["summary"]["verdict"]["verdict"]
    assert "AM001" == found["checks"][0]["code"]
    assert "found as issue" == found["checks"][0]["message"]
    assert "reports/index.html" in [file["path"] for file in found["files"]]
    assert 2 * len(HEADLINE_METRICS) == len(found["measures"])


def test_the_comparison_as_json_says_what_differs(site: httpx.Client, runs_dir: Path) -> None:
    names = [f"ethereum/{finish_run(runs_dir, Plan(n=n)).run_id}" for n in range(2)]

    found = site.get("/api/compare", params={"left": names[0], "right": names[1]}).json()

    expected = "The runs differ in 2 parameters, and in no check or feature."
    assert expected == found["sentence"]


def test_a_run_that_is_not_there_is_not_found_as_json(site: httpx.Client) -> None:
    answer = site.get("/api/runs/ethereum/nothing")

    assert (404, {"detail": "There is no run of this name."}) == (
        answer.status_code, answer.json()
    )  # fmt: skip


def test_the_description_of_the_answers_names_every_endpoint_and_parameter(
    site: httpx.Client,
) -> None:
    found = site.get("/api/openapi.json").json()

    run, scoring = "/api/runs/{network}/{run_id}", "/api/scores/{network}/{run_id}"
    assert {
        "/health",
        "/api/runs",
        run,
        f"{run}/lineage",
        "/api/scores",
        scoring,
        f"{scoring}/lineage",
        "/api/compare",
    } == set(found["paths"])
    parameters = found["paths"]["/api/runs"]["get"]["parameters"]
    assert {"network", "model_type", "state", "verdict", "from", "to", "page", "per_page"} <= {
        parameter["name"] for parameter in parameters
    }
    assert all(parameter["description"] for parameter in parameters)


@pytest.mark.parametrize("target", ["/docs", "/redoc", "/openapi.json"])
def test_there_is_no_page_that_loads_from_elsewhere(site: httpx.Client, target: str) -> None:
    assert 404 == site.get(target).status_code


def test_a_run_shows_what_reviewers_said_and_of_which_publication(
    site: httpx.Client, runs_dir: Path
) -> None:
    run = finish_run(runs_dir, Plan(n=1))
    assert "What did reviewers say?" not in text_of(site.get(page_of(run)))
    signed = signed_ledger(runs_dir)
    sign_run(run, signed)
    desk = ReviewDesk(run, signed, ReviewTerms())
    finding = desk.find(
        Statement("ann", "risk", HOSTILE), severity=FindingSeverity.HIGH, is_blocking=True
    )
    write_text(run.path / "reports" / "model_card.html", "<h1>A card</h1>")
    write_manifest(run)
    sign_run(run, signed)
    desk.approve(Statement("bob", "", "seen"))

    page = site.get(page_of(run))
    record = site.get(f"/api{page_of(run).rstrip('/')}").json()

    text = text_of(page)
    assert f"finding {finding.entry.key} , high, blocking of an earlier publication" in text
    assert "approval bob" in text
    assert "<script>alert" not in page.text
    assert "reports/model_card.html" in page.text
    assert [False, True] == [row["is_of_this_manifest"] for row in record["reviews"]]
