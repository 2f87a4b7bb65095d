"""From transfers and labels to the raw_* rows of daily snapshots."""

from alertmill.snapshots.derivation.snapshot import (
    DerivedSnapshot,
    derive_snapshot,
    derive_snapshots,
)

__all__ = ["DerivedSnapshot", "derive_snapshot", "derive_snapshots"]
