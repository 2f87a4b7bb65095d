"""The pages of a run on paper: each printed to a PDF by a Chromium that is there anyway."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from alertmill.errors import ConfigurationError, PrintError, UnfinishedRunError
from alertmill.files import complete_file
from alertmill.processes import private_folder
from alertmill.runs import Run

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
"""Programs that print a page without a window, in the order in which they are looked for."""
_SECONDS = 120.0
_PDF = b"%PDF-"


def find_browser(asked: str | None = None) -> str:
    """Return the program that prints.

    Parameters
    ----------
    asked : str, optional
        Its name or path; without it the first of `BROWSERS` that is installed.

    Raises
    ------
    PrintError
        If it is not installed.
    """
    names = BROWSERS if asked is None else (asked,)
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise PrintError.no_browser(names)
    return found


def print_reports(run: Run, folder: Path, *, browser: str) -> Iterator[Path]:
    """Print every page of a run into a folder, and yield each PDF when it is complete.

    Parameters
    ----------
    run : Run
        A run with reports.
    folder : Path
        Where the PDFs go, under the names of the pages; it is made.
    browser : str
        Path of the program, from `find_browser`.

    Raises
    ------
    UnfinishedRunError
        If the run has no reports.
    ConfigurationError
        If the folder lies in the run, which is sealed.
    PrintError
        If the browser did not print a page.
    """
    pages = sorted((run.path / "reports").glob("*.html"))
    if not pages:
        raise UnfinishedRunError.of(run.path, "a page below reports/")
    if folder.resolve().is_relative_to(run.path.resolve()):
        raise ConfigurationError(
            f"{folder} lies in the run folder, whose files are sealed; name a folder outside it."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        target = folder / f"{page.stem}.pdf"
        _print(page, target, browser=browser)
        yield target


def _print(page: Path, target: Path, *, browser: str) -> None:
    with private_folder() as profile, complete_file(target) as part:
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--no-pdf-header-footer",  # the pages number their sheets themselves
            "--generate-pdf-document-outline",
            # Chromium refuses to run as root in its sandbox; the policy of the page holds anyway.
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            f"--user-data-dir={profile}",
            f"--print-to-pdf={part}",
            page.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - the reader's own browser
                command, capture_output=True, check=False, timeout=_SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise PrintError.of(page, f"it took more than {_SECONDS:.0f} seconds") from error
        except OSError as error:
            raise PrintError.of(page, f"{browser} cannot be run: {error.strerror}") from error
        if not (part.is_file() and part.read_bytes().startswith(_PDF)):
            raise PrintError.of(page, _last_line(done.stderr) or f"exit code {done.returncode}")


def _last_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
