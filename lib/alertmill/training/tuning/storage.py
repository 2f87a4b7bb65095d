"""The database of a study: opening it, and offering trials in it."""

from __future__ import annotations

import os
import socket
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import SecretStr

from alertmill.errors import TuningStorageError

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

    Storage = optuna.storages.RDBStorage

StorageLocation = Path | SecretStr
"""A SQLite file, or the SQLAlchemy URL of a database that several machines reach."""

SLOT = "slot"
"""Attribute of a trial: which one of the plan it is."""
MOST_TRIES = 3
"""A trial that has ended so many workers is given up: it may be what ends them."""

_BEAT_SECONDS, _GRACE_SECONDS = 5, 30
_LOCK_SECONDS = 60


@dataclass(frozen=True)
class WorkerName:
    """Who works on a trial: a machine, a process, and one opening of the study in it."""

    text: str

    @classmethod
    def new(cls) -> Self:
        """Return the name of whoever calls."""
        return cls(f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex}")

    def knows_gone(self, other: str | None) -> bool:
        """Return True if another worker has ended; of other machines only heartbeats tell.

        A process works in one opening of a study at a time, so its earlier ones have ended.
        """
        if other is None or other == self.text:
            return False
        host, pid, _ = other.rsplit(":", 2)
        if host != socket.gethostname():
            return False
        return int(pid) == os.getpid() or not _is_alive(int(pid))


@contextmanager
def opened(location: StorageLocation) -> Iterator[Storage]:
    """Yield the database; what goes wrong inside is told without its password.

    Raises
    ------
    TuningStorageError
        If it cannot be opened or read.
    """
    import optuna
    import sqlalchemy

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if isinstance(location, Path):
        location.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield _open(location)
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, RuntimeError) as error:
        # The driver's own error might quote the URL, so it is not kept as the cause.
        said = _without_password(str(error).strip().splitlines()[0], location)
        raise TuningStorageError.unreachable(describe(location), said) from None


def describe(location: StorageLocation) -> str:
    """Return the name of a database without secrets: its file, or its kind, host and name."""
    import sqlalchemy

    if isinstance(location, Path):
        return str(location)
    try:
        url = sqlalchemy.engine.make_url(location.get_secret_value())
    except (sqlalchemy.exc.ArgumentError, ValueError):
        return "the database of ALERTMILL_TUNING_STORAGE"
    if url.host is None:
        return f"{url.drivername} {url.database}"
    return f"{url.drivername} {url.database} on {url.host}"


def offer(study: optuna.Study, slot: str) -> None:
    """Put a trial of the plan where workers find it."""
    from optuna.trial import TrialState, create_trial

    study.add_trial(create_trial(state=TrialState.WAITING, user_attrs={SLOT: slot}))


def offer_again(study: optuna.Study, failed: FrozenTrial) -> None:
    """Offer a trial whose worker was lost, unless it has ended too many."""
    from optuna.trial import TrialState

    slot = failed.user_attrs.get(SLOT)
    others = study.get_trials(deepcopy=False, states=[TrialState.FAIL])
    if slot is not None and sum(t.user_attrs.get(SLOT) == slot for t in others) < MOST_TRIES:
        offer(study, slot)


def _open(location: StorageLocation) -> Storage:
    import optuna
    from sqlalchemy import event

    url = f"sqlite:///{location}" if isinstance(location, Path) else location.get_secret_value()
    is_sqlite = url.startswith("sqlite")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        storage = optuna.storages.RDBStorage(
            url,
            engine_kwargs={"connect_args": {"timeout": _LOCK_SECONDS}} if is_sqlite else {},
            heartbeat_interval=_BEAT_SECONDS,
            grace_period=_GRACE_SECONDS,
            heartbeat_stale_trial_callback=offer_again,
        )
    if isinstance(location, Path):
        event.listen(storage.engine, "connect", _wait_for_no_disk)
    if is_sqlite:
        # Optuna reads a trial's state and then writes it. Python's driver begins a transaction
        # with the write, so two processes could both read that a trial waits, and both take it.
        storage.engine.dispose()
        event.listen(storage.engine, "connect", _begin_by_hand)
        event.listen(storage.engine, "begin", _begin_at_once)
    return storage


def _wait_for_no_disk(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
    # A trial takes twenty writes, and to wait for the disk each time would cost more than a small
    # fit. What a killed process has written is safe; only a loss of power may damage the file, and
    # then the trials can be done again.
    connection.execute("PRAGMA synchronous = OFF")


def _begin_by_hand(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
    connection.isolation_level = None


def _begin_at_once(connection: Any) -> None:  # noqa: ANN401 - as above
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _without_password(text: str, location: StorageLocation) -> str:
    import sqlalchemy

    if isinstance(location, Path):
        return text
    secret = location.get_secret_value()
    try:
        password = sqlalchemy.engine.make_url(secret).password
    except (sqlalchemy.exc.ArgumentError, ValueError):
        password = None
    for hidden in (secret, str(password) if password else ""):
        text = text.replace(hidden, "***") if hidden else text
    return text


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return True
