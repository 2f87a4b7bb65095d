"""Links lead to the report site, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from alertmill.reporting.addresses import ReportSite
from alertmill.settings import Settings
from tests.reporting.example_runs import make_run


@pytest.mark.parametrize(
    ("settings", "base"),
    [
        ({}, "http://127.0.0.1:4280"),
        ({"alertmill_site_host": "0.0.0.0", "alertmill_site_port": 81}, "http://127.0.0.1:81"),  # noqa: S104 - not bound
        ({"alertmill_site_host": "::1"}, "http://[::1]:4280"),
        ({"alertmill_site_host": "reports.local"}, "http://reports.local:4280"),
        (
            {"alertmill_report_url": "https://example.org/alertmill/"},
            "https://example.org/alertmill",
        ),
    ],
)
def test_the_site_is_where_its_readers_reach_it(settings: dict[str, object], base: str) -> None:
    assert base == ReportSite.of(Settings(_env_file=None, **settings)).base


def test_every_address_of_a_run_lies_below_its_page(tmp_path: Path) -> None:
    run, site = make_run(tmp_path), ReportSite("https://example.org/a")
    page = f"https://example.org/a/runs/ethereum/{run.run_id}/"

    assert page == site.run(run)
    assert f"{page}files/reports/index.html" == site.index(run)
    assert f"{page}files/reports.zip" == site.reports_archive(run)
    assert f"{page}archive.zip" == site.run_archive(run)
    assert f"{page}files/reports/a%20b%23.html" == site.page(
        run, run.path / "reports" / "a b#.html"
    )


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)//",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "ftp://example.org",
        "example.org",
        "http://",
        "http://:80",
        "http://example.org:99999",
        "http://exam ple.org",
        "http://example.org/?next=",
        "http://example.org/#top",
        "http://example.org/](javascript:alert(1))",
        'http://example.org/"onclick=',
        "http://example.org/\nHost: other",
    ],
)
def test_an_address_that_is_none_of_a_site_is_refused(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None, alertmill_report_url=url)

    (error,) = caught.value.errors()
    assert ("alertmill_report_url",) == error["loc"]


def test_an_address_with_a_password_is_refused_without_being_quoted() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None, alertmill_report_url="https://me:secret@example.org")

    (error,) = caught.value.errors()
    assert "user name" in error["msg"]
    assert "secret" not in error["msg"]
