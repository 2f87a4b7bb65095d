"""Serve the report site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alertmill.errors import ConfigurationError
from alertmill.settings import Settings


def serve(
    *,
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on; ALERTMILL_SITE_HOST without it.", metavar="HOST"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port; ALERTMILL_SITE_PORT without it, 0 for a free one."
        ),
    ] = None,
    runs_dir: Annotated[
        Path | None, typer.Option(help="Folder of the runs; ALERTMILL_RUNS_DIR without it.")
    ] = None,
    root_path: Annotated[
        str, typer.Option(help="Path below which a reverse proxy shows the site.", metavar="PATH")
    ] = "",
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Further name under which the site answers, such as that of a reverse proxy; may "
            "be given several times.",
            metavar="NAME",
        ),
    ] = None,
) -> None:
    """Serve the catalogue of runs, their reports and files, read-only, until Ctrl-C.

    Any but a loopback address needs ALERTMILL_SITE_TOKEN.
    """
    from alertmill.site.app import SiteOptions
    from alertmill.site.server import serve as serve_site

    settings = Settings()
    options = SiteOptions(
        runs_dir=runs_dir or settings.alertmill_runs_dir,
        host=host or settings.alertmill_site_host,
        port=settings.alertmill_site_port if port is None else port,
        token=settings.alertmill_site_token,
        root_path=_checked(root_path),
        allowed_hosts=tuple(allowed_host or ()),
        public_url=settings.alertmill_report_url,
        cache_dir=settings.alertmill_state_dir / "site",
    )
    serve_site(options, announce=lambda url: typer.echo(f"The report site is at {url}"))


def _checked(root_path: str) -> str:
    root = root_path.rstrip("/")
    if root and not root.startswith("/"):
        raise ConfigurationError(
            f"--root-path is {root_path!r}, expected a path that starts with /, such as /alertmill."
        )
    return root
