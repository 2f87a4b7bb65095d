"""Snapshot folders as the upstream system delivers them, on disk or at any fsspec URL."""

from alertmill.snapshots.folders.ingest import ingest_folders
from alertmill.snapshots.folders.report import IngestedSnapshot, IngestReport

__all__ = ["IngestReport", "IngestedSnapshot", "ingest_folders"]
