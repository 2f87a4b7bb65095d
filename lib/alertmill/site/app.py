"""The report site as an ASGI application."""

from __future__ import annotations

import gc
import hashlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from alertmill.provenance import collect
from alertmill.site import api
from alertmill.site.catalogue import Catalogue
from alertmill.site.pages import Pages
from alertmill.site.security import Gate, Guard, check_token
from alertmill.site.service import Service

_SECONDS_TO_STOP = 5
_MANY_RUNS = 1000


@dataclass(frozen=True)
class SiteOptions:
    """Where the site listens and what it serves."""

    runs_dir: Path
    host: str
    port: int
    token: SecretStr | None = None
    root_path: str = ""
    """Path below which a reverse proxy shows the site, such as ``/alertmill``; empty for none."""
    allowed_hosts: Sequence[str] = ()
    """Further names by which the site may be addressed."""
    public_url: str | None = None
    """URL under which people reach the site."""
    cache_dir: Path | None = None
    """Folder in which the catalogue is kept over a restart; None keeps it in memory alone."""

    @property
    def cache_file(self) -> Path | None:
        """File of the catalogue; one for each root."""
        if self.cache_dir is None:
            return None
        root = hashlib.sha256(str(self.runs_dir.resolve()).encode()).hexdigest()[:8]
        return self.cache_dir / f"catalogue-{root}.json"


def create_app(options: SiteOptions) -> ASGIApp:
    """Build the site.

    Raises
    ------
    SiteTokenError
        If it would listen beyond this machine without a password.
    """
    check_token(options.host, options.token)
    catalogue = Catalogue(options.runs_dir, options.cache_file)
    service = Service(catalogue)
    pages = Pages(service)
    app = FastAPI(
        title="Alertmill report site",
        summary="Training runs, their metrics, checks, reports and files, read-only.",
        version=collect().versions["alertmill"],
        openapi_url="/api/openapi.json",
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=_reading(catalogue),
        redirect_slashes=False,
    )
    app.state.service = service
    app.include_router(api.router)
    app.router.routes.extend(pages.routes)
    app.add_exception_handler(HTTPException, _error_handler(pages))
    gate = Gate.of(
        options.host,
        token=options.token,
        public_url=options.public_url,
        names=options.allowed_hosts,
    )
    return Guard(app, gate=gate, root_path=options.root_path)


def _reading(catalogue: Catalogue) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:  # noqa: ARG001 - of FastAPI
        catalogue.snapshot()  # before the first reader waits for it
        stop = threading.Event()
        reader = threading.Thread(target=_read, args=(catalogue, stop), daemon=True)
        reader.start()
        yield
        stop.set()
        reader.join(_SECONDS_TO_STOP)
        catalogue.save()

    return lifespan


def _read(catalogue: Catalogue, stop: threading.Event) -> None:
    catalogue.read_all(stop)
    if len(catalogue.snapshot().runs) >= _MANY_RUNS:
        # They live as long as the site; without this, every full collection of garbage goes
        # through all of them, and a request waits for it.
        gc.freeze()


def _error_handler(pages: Pages) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
        path = request.url.path.removeprefix(request.scope.get("root_path", ""))
        if path.startswith("/api/"):
            return JSONResponse({"detail": error.detail}, error.status_code)
        return pages.error(request, error.status_code, error.detail)

    return answer
