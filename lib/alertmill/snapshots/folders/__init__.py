"""Snapshot folders as the upstream system delivers them, on disk or at any fsspec URL."""

from alertmill.snapshots.folders.ingest import IngestedSnapshot, IngestReport, ingest_folders

__all__ = ["IngestReport", "IngestedSnapshot", "ingest_folders"]
