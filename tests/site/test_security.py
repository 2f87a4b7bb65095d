"""Who may read the site, and under which headers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from alertmill.errors import SiteTokenError
from alertmill.reporting.assets import SCRIPT_SOURCE
from alertmill.runs import Run
from alertmill.site.app import create_app
from alertmill.site.security import Gate
from tests.site.serving import ask, options, running_site

TOKEN = "correct horse battery"  # noqa: S105 - of these tests


def basic(password: str, user: str = "anybody") -> dict[str, str]:
    """Return the header of HTTP Basic."""
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


@pytest.fixture
def port(runs_dir: Path, run: Run) -> Iterator[int]:  # noqa: ARG001 - the run is there to be read
    """Serve a run behind a password; give the port."""
    with running_site(runs_dir, token=SecretStr(TOKEN)) as found:
        yield found


@pytest.mark.parametrize(
    "headers",
    [basic(TOKEN), basic(TOKEN, user=""), {"Authorization": f"Bearer {TOKEN}"}],
)
def test_the_password_opens_the_site(port: int, headers: dict[str, str]) -> None:
    for target in ("/", "/api/runs", "/static/site.css"):
        assert 200 == ask(port, target, headers=headers).status


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(""),
        basic("wrong"),
        basic(TOKEN[:-1]),
        basic(f"{TOKEN} "),
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic"},
        {"Authorization": "Basic %%%"},
        {"Authorization": f"Digest {TOKEN}"},
        {"Authorization": TOKEN},
    ],
)
def test_without_the_password_nothing_is_shown(
    port: int, run: Run, headers: dict[str, str]
) -> None:
    page = f"/runs/ethereum/{run.run_id}/"
    targets = ("/", "/nothing", "/api/runs", page, f"{page}archive.zip", "/api/openapi.json")
    for target in targets:
        answer = ask(port, target, headers=headers)

        assert 401 == answer.status
        assert answer.headers["www-authenticate"].startswith("Basic ")
        assert b"ethereum" not in answer.body


def test_health_needs_no_password_and_tells_nothing(port: int) -> None:
    answer = ask(port, "/health")

    assert (200, b'{"status":"ok"}') == (answer.status, answer.body)


def test_a_password_of_other_letters_works(runs_dir: Path) -> None:
    token = "Größe:mit Doppelpunkt"  # noqa: S105 - of this test
    with running_site(runs_dir, token=SecretStr(token)) as found:
        assert 200 == ask(found, "/", headers=basic(token)).status


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104
def test_a_site_for_other_machines_needs_a_password(runs_dir: Path, host: str) -> None:
    with pytest.raises(SiteTokenError, match="ALERTMILL_SITE_TOKEN is not set"):
        create_app(options(runs_dir, host=host))


def test_a_password_that_can_be_guessed_is_refused(runs_dir: Path) -> None:
    with pytest.raises(SiteTokenError, match="has 6 characters, expected at least 12"):
        create_app(options(runs_dir, token=SecretStr("secret")))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_the_site_is_read_only(runs_dir: Path, run: Run, method: str) -> None:
    with running_site(runs_dir) as found:
        answers = [
            ask(found, target, method=method)
            for target in ("/", "/api/runs", f"/runs/ethereum/{run.run_id}/files/parameters.json")
        ]

    assert [405] * 3 == [answer.status for answer in answers]
    assert "GET, HEAD" == answers[0].headers["allow"]


@pytest.mark.parametrize("target", ["/", "/api/runs", "/health", "/static/site.css"])
def test_the_head_of_every_page_can_be_asked_for(runs_dir: Path, target: str) -> None:
    with running_site(runs_dir) as found:
        answer = ask(found, target, method="HEAD")

    assert (200, b"") == (answer.status, answer.body)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4280", "", "127.0.0.1.evil.example",
                                  "[::1", "localhost@evil.example:1", "169.254.1.1"])  # fmt: skip
def test_a_page_of_another_name_cannot_read_the_site(runs_dir: Path, host: str) -> None:
    with running_site(runs_dir) as found:
        assert ask(found, "/", headers={"Host": host}).status in (400, 421)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:9", "[::1]:9", "LOCALHOST", "reports.example"]
)
def test_a_known_name_reads_the_site(runs_dir: Path, host: str) -> None:
    with running_site(runs_dir, allowed_hosts=("reports.example",)) as found:
        assert 200 == ask(found, "/", headers={"Host": host}).status


def test_the_name_of_the_public_address_is_known() -> None:
    gate = Gate.of("127.0.0.1", token=None, public_url="https://Reports.example/x", names=())

    assert gate.knows("reports.example")
    assert not gate.knows("other.example")


def test_a_site_behind_a_password_answers_under_any_name() -> None:
    gate = Gate.of("0.0.0.0", token=SecretStr(TOKEN), public_url=None, names=())  # noqa: S104

    assert gate.knows("anything.example")


@pytest.mark.parametrize("target", ["/", "/nothing", "/api/runs", "/compare", "/static/site.css"])
def test_every_answer_has_the_headers_of_foreign_data(runs_dir: Path, target: str) -> None:
    with running_site(runs_dir) as found:
        headers = ask(found, target).headers

    assert "nosniff" == headers["x-content-type-options"]
    assert "no-referrer" == headers["referrer-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    allowed = headers["content-security-policy"].replace(f"script-src {SCRIPT_SOURCE};", "")
    assert "script-src" not in allowed, "no script but that of the reports, by its digest"
    assert "private, no-cache" == headers["cache-control"]


def test_a_socket_is_not_opened(site: httpx.Client) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}

    assert site.get("/nothing", headers=upgrade).status_code == 404
