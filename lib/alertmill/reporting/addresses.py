"""Addresses under which people open a run on the report site."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from alertmill.reporting.index import ARCHIVE, INDEX
from alertmill.runs import Run
from alertmill.settings import Settings

_EVERY_INTERFACE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - it is replaced, not bound
"""A site may listen on every interface, but a browser needs one."""


@dataclass(frozen=True)
class ReportSite:
    """The site that serves the runs folder; see `alertmill serve`."""

    base: str
    """URL of the catalogue, without a slash at its end."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the site that the settings describe: alertmill_report_url, else host and port."""
        if settings.alertmill_report_url is not None:
            return cls(settings.alertmill_report_url)
        host = settings.alertmill_site_host
        host = _EVERY_INTERFACE.get(host, f"[{host}]" if ":" in host else host)
        return cls(f"http://{host}:{settings.alertmill_site_port}")

    def run(self, run: Run) -> str:
        """Return the address of the page of a run."""
        return f"{self.base}/runs/{quote(run.parameters.network)}/{quote(run.run_id)}/"

    def file(self, run: Run, name: str) -> str:
        """Return the address of a file, named relative to the run folder."""
        return f"{self.run(run)}files/{quote(name)}"

    def index(self, run: Run) -> str:
        """Return the address of the first page of the reports."""
        return self.file(run, f"reports/{INDEX}")

    def reports_archive(self, run: Run) -> str:
        """Return the address of the zip with every report."""
        return self.file(run, ARCHIVE)

    def run_archive(self, run: Run) -> str:
        """Return the address of the run folder as one archive."""
        return f"{self.run(run)}archive.zip"

    def page(self, run: Run, page: Path) -> str:
        """Return the address of a file that is given by its path in the run folder."""
        return self.file(run, page.relative_to(run.path).as_posix())
