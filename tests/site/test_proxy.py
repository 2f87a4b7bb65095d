"""The site below a path, behind a real reverse proxy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alertmill.runs import Run
from tests.site.serving import running, running_site
from tests.site.test_pages import _REFERENCE, page_of

ROOT = "/reports/alertmill"
_OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


def proxy(target: int, *, strips: bool, keeps_host: bool) -> Starlette:
    """Return a proxy that passes what lies below the path on to a port."""

    async def pass_on(request: Request) -> Response:
        path = request.scope["raw_path"].decode()
        path = path.removeprefix(ROOT) if strips else path
        headers = dict(request.headers)
        if not keeps_host:
            headers["host"] = f"127.0.0.1:{target}"
        url = f"http://127.0.0.1:{target}{path}?{request.url.query}".rstrip("?")
        # Without TLS there is nothing to verify, and reading the certificates takes its time.
        async with httpx.AsyncClient(timeout=30, verify=False) as client:  # noqa: S501
            found = await client.request(request.method, url, headers=headers)
        passed = {k: v for k, v in found.headers.items() if k not in _OF_ONE_CONNECTION}
        return Response(found.content, found.status_code, passed)

    return Starlette(routes=[Route(f"{ROOT}/{{path:path}}", pass_on)])


@contextmanager
def behind_a_proxy(
    runs_dir: Path, *, strips: bool, keeps_host: bool = False, **changes: object
) -> Iterator[httpx.Client]:
    """Serve the site below the path; give a client of the proxy."""
    with (
        running_site(runs_dir, root_path=ROOT, **changes) as port,
        running(proxy(port, strips=strips, keeps_host=keeps_host)) as outside,
        httpx.Client(base_url=f"http://localhost:{outside}", timeout=30) as client,
    ):
        yield client


@pytest.mark.parametrize("strips", [True, False])
def test_every_link_and_redirect_stays_below_the_path(
    runs_dir: Path, run: Run, *, strips: bool
) -> None:
    with behind_a_proxy(runs_dir, strips=strips) as client:
        name = f"ethereum/{run.run_id}"
        addresses: set[str] = set()
        for page in ("/", page_of(run), f"/compare?left={name}&right={name}", "/nothing"):
            text = client.get(ROOT + page).text
            links = set(map(unescape, _REFERENCE.findall(text)))
            addresses |= {
                urljoin(ROOT + page, link) for link in links if not link.startswith(("data:", "#"))
            }
        for address in addresses - {f"{ROOT}/compare"}:
            assert address.startswith(ROOT)
            assert 200 == client.head(address).status_code, address

        redirect = client.get(f"{ROOT}{page_of(run)}".rstrip("/"))
        chosen = client.get(f"{ROOT}/compare", params={"run": [name, name]})

    assert f"{ROOT}{page_of(run)}" == redirect.headers["location"]
    assert f"{ROOT}/compare?left={name}&right={name}" == chosen.headers["location"]


def test_ranges_and_tags_pass_through(runs_dir: Path, run: Run) -> None:
    with behind_a_proxy(runs_dir, strips=True) as client:
        address = f"{ROOT}{page_of(run)}files/reports.zip"
        part = client.get(address, headers={"Range": "bytes=10-19"})
        again = client.get(address, headers={"If-None-Match": part.headers["etag"]})

    assert (206, (run.path / "reports.zip").read_bytes()[10:20]) == (part.status_code, part.content)
    assert 304 == again.status_code


def test_json_answers_lie_below_the_path_and_say_so(runs_dir: Path, run: Run) -> None:
    with behind_a_proxy(runs_dir, strips=True) as client:
        found = client.get(f"{ROOT}/api/runs").json()
        description = client.get(f"{ROOT}/api/openapi.json").json()
        missing = client.get(f"{ROOT}/api/runs/ethereum/nothing")

    assert [run.run_id] == [one["run_id"] for one in found["runs"]]
    assert [{"url": ROOT}] == description["servers"]
    assert {"detail": "There is no run of this name."} == missing.json()


@pytest.mark.parametrize(
    ("names", "status"), [((), 421), (("localhost",), 200), (("reports.example",), 200)]
)
def test_a_proxy_that_keeps_the_name_of_the_site_needs_it_allowed(
    runs_dir: Path, names: tuple[str, ...], status: int
) -> None:
    with behind_a_proxy(runs_dir, strips=True, keeps_host=True, allowed_hosts=names) as client:
        host = "reports.example" if names != ("localhost",) else "localhost"
        answer = client.get(f"{ROOT}/", headers={"Host": host})

    assert status == answer.status_code


def test_a_forwarded_prefix_is_not_believed(site: httpx.Client, run: Run) -> None:
    headers = {"X-Forwarded-Prefix": "//evil.example", "X-Forwarded-Host": "evil.example"}

    answer = site.get(page_of(run), headers=headers)

    assert 200 == answer.status_code
    assert "evil" not in answer.text
