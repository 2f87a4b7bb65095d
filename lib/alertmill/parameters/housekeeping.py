"""Parameters of the housekeeping of run folders."""

from __future__ import annotations

from pydantic import Field

from alertmill.parameters.section import Section


class HousekeepingParameters(Section):
    """How long run folders are kept; a run is removed only when it exceeds both of its limits."""

    keep_days: int = Field(
        1825,
        ge=1,
        title="Days",
        description="Age in days up to which finished runs are kept. 1825 are the five years for "
        "which Directive (EU) 2015/849 asks to keep records.",
    )
    keep_runs: int = Field(
        10,
        ge=1,
        title="Runs",
        description="Number of newest finished runs of each network and model type that are kept "
        "whatever their age.",
    )
    keep_unfinished_days: int = Field(
        30,
        ge=1,
        title="Days of unfinished runs",
        description="Age in days up to which failed, cancelled and other unfinished runs are kept.",
    )
    keep_unfinished_runs: int = Field(
        3,
        ge=0,
        title="Unfinished runs",
        description="Number of newest unfinished runs of each network and model type that are kept "
        "whatever their age.",
    )
    keep_former_champions: bool = Field(
        default=True,
        title="Keep former champions",
        description="Keep the runs of every model that was once the champion. The champion's own "
        "run is always kept.",
    )
    dry_run: bool = Field(
        default=False,
        title="Dry run",
        description="List what would be removed, and remove nothing.",
    )
