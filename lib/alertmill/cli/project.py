"""Where the flows and templates of the project are."""

from __future__ import annotations

from pathlib import Path

from alertmill.errors import ConfigurationError


def find_project_folder() -> Path | None:
    """Return the current folder, or the first one above it, that holds the project; else None."""
    here = Path.cwd()
    found = (f for f in (here, *here.parents) if (f / "flows" / "training.py").is_file())
    return next(found, None)


def project_folder() -> Path:
    """Return the folder of the project.

    Raises
    ------
    ConfigurationError
        If neither the current folder nor one above it holds the project.
    """
    found = find_project_folder()
    if found is None:
        raise ConfigurationError(
            f"no flows/training.py in {Path.cwd()} or above it; run this in the folder of the "
            "project."
        )
    return found
