"""Every error that a user can cause or meet, with what was expected, what was found and what to do.

Anything that is not an `AlertmillError` is a defect of this program and keeps its traceback.
"""

from alertmill.errors.base import (
    BAD_INPUT,
    FAILED,
    AlertmillError,
    ConfigurationError,
    DateRangeError,
    UnknownNameError,
)
from alertmill.errors.data import (
    DuplicateRowsError,
    InputFileError,
    LabelStrategyError,
    MissingColumnsError,
    NoAlertsError,
    NoAlertsToMeasureError,
    NoClustersError,
    OneClassError,
    TooFewSnapshotsError,
    TrainerError,
    WrongTypeError,
)
from alertmill.errors.database import (
    DatabaseConnectionError,
    DatabaseDamagedError,
    DatabaseHeldError,
    DatabaseUnreachableError,
    IncompleteBatchError,
    IncompleteResultError,
    QueryError,
    QueryTimeoutError,
    SnapshotsChangingError,
)
from alertmill.errors.leaks import LeakError
from alertmill.errors.models import (
    CanaryScoresError,
    ModelFolderTakenError,
    ModelLoadFailedError,
    ModelLoadTimeoutError,
    UnsafeModelError,
)
from alertmill.errors.runs import (
    ArtifactChangedError,
    ManifestError,
    ModelNotFoundError,
    NotebookFailedError,
    UnfinishedRunError,
)
from alertmill.errors.snapshots import (
    Breach,
    ChecksumError,
    ContractError,
    FolderUnreachableError,
    MixedSourcesError,
    SnapshotFolderError,
)

__all__ = [
    "BAD_INPUT",
    "FAILED",
    "AlertmillError",
    "ArtifactChangedError",
    "Breach",
    "CanaryScoresError",
    "ChecksumError",
    "ConfigurationError",
    "ContractError",
    "DatabaseConnectionError",
    "DatabaseDamagedError",
    "DatabaseHeldError",
    "DatabaseUnreachableError",
    "DateRangeError",
    "DuplicateRowsError",
    "FolderUnreachableError",
    "IncompleteBatchError",
    "IncompleteResultError",
    "InputFileError",
    "LabelStrategyError",
    "LeakError",
    "ManifestError",
    "MissingColumnsError",
    "MixedSourcesError",
    "ModelFolderTakenError",
    "ModelLoadFailedError",
    "ModelLoadTimeoutError",
    "ModelNotFoundError",
    "NoAlertsError",
    "NoAlertsToMeasureError",
    "NoClustersError",
    "NotebookFailedError",
    "OneClassError",
    "QueryError",
    "QueryTimeoutError",
    "SnapshotFolderError",
    "SnapshotsChangingError",
    "TooFewSnapshotsError",
    "TrainerError",
    "UnfinishedRunError",
    "UnknownNameError",
    "UnsafeModelError",
    "WrongTypeError",
]
