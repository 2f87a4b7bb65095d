"""The report of a scoring run: executed, exported, listed in a manifest, signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from alertmill.audit.entries import EntryKind
from alertmill.audit.ledger import SignedLedger
from alertmill.audit.marks import mark_run, read_head
from alertmill.errors import ManifestError
from alertmill.files import remove_left_behind
from alertmill.parameters import ScoringParameters
from alertmill.provenance import collect
from alertmill.reporting.execution import execute_template
from alertmill.reporting.html import export_html
from alertmill.reporting.manifest import (
    MANIFEST,
    AnyManifest,
    Verification,
    compare,
    refer_files,
    store_manifest,
    tidy,
)
from alertmill.reporting.outcomes import (
    QUEUE_REPORT,
    NotebookOutcome,
    load_outcome,
    load_outcomes,
    notebook_path,
)
from alertmill.reporting.signing import sign_run
from alertmill.scoring.folder import DayRecord, ScoringRun
from alertmill.scoring.missed import missed_of

_KIND: Final = "scoring"


class ScoringManifest(AnyManifest):
    """What a reviewer needs to hold a scoring to account."""

    kind: Literal["scoring"] = _KIND
    parameters: ScoringParameters
    days: tuple[DayRecord, ...]


def report_on_scores(run: ScoringRun, templates: Path, signed: SignedLedger) -> NotebookOutcome:
    """Make the report of a scoring run from its folder, then its manifest and its signature.

    A report that failed is published, too: its page shows the cell and the traceback. A finished
    run whose report is there is left as it is.

    Parameters
    ----------
    run : ScoringRun
        With at least one day.
    templates : Path
        Folder of the template notebooks.
    signed : SignedLedger
        Of the runs folder that holds the run.
    """
    known = load_outcome(notebook_path(run, QUEUE_REPORT))
    if known is not None and known.is_ok and run.is_finished:
        return known
    remove_left_behind(run.path)
    mark_run(run.path, signed)
    outcome = execute_template(templates / f"{QUEUE_REPORT}.ipynb", run)
    export_html(run, outcome)
    run.keep_missed(missed_of(run))
    write_scoring_manifest(run)
    sign_run(run, signed, EntryKind.SCORES)
    return outcome


def is_scoring(run_dir: Path) -> bool:
    """Return whether the manifest of a folder is that of a scoring run."""
    try:
        content = json.loads((run_dir / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("kind") == _KIND


def verify_scoring(run_dir: Path) -> Verification:
    """Compare the folder of a scoring run with its manifest, as `manifest.verify` does.

    Raises
    ------
    ManifestError
        If the manifest cannot be read.
    """
    path = run_dir / MANIFEST
    try:
        manifest = ScoringManifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ManifestError.unreadable(path, error.errors()[0]["msg"]) from error
    return compare(
        run_dir,
        manifest,
        {
            "run_id": (manifest.run_id, lambda: run_dir.name),
            "parameters": (manifest.parameters, lambda: ScoringRun.open(run_dir).parameters),
            "days": (manifest.days, lambda: ScoringRun.open(run_dir).days),
            "notebooks": (manifest.notebooks, lambda: load_outcomes(ScoringRun.open(run_dir))),
            "previous": (manifest.previous, lambda: read_head(run_dir)),
        },
    )


def write_scoring_manifest(run: ScoringRun) -> None:
    """Write the manifest of a scoring run; every file that is there goes into it."""
    tidy(run.path)
    n_rows = {run.rows_file(one.day): one.n_scored for one in run.days if one.n_scored}
    manifest = ScoringManifest(
        run_id=run.run_id,
        created_at=datetime.now(UTC),
        parameters=run.parameters,
        provenance=collect(),
        previous=read_head(run.path),
        notebooks=load_outcomes(run),
        days=run.days,
        files=refer_files(run.path, n_rows),
    )
    store_manifest(run.path, manifest)
