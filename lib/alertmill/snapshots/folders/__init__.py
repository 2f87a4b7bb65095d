"""Snapshot folders as the upstream system delivers them, on disk or on S3."""

from alertmill.snapshots.folders.ingest import SETTLE, ingest_folders
from alertmill.snapshots.folders.report import FolderOutcome, IngestReport, Status

__all__ = ["SETTLE", "FolderOutcome", "IngestReport", "Status", "ingest_folders"]
