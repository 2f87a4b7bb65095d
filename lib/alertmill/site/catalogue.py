"""All runs below the root, kept in memory and read again only where something changed.

A look lists the folders, and asks for the times of those that are not finished; every ten seconds
of all. Only folders whose signature changed are read. The first reading of many runs takes longer
than a reader waits, so it is spread over calls, and its result is kept in a file for the next
start.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from alertmill.files import write_bytes
from alertmill.frozen_model import FrozenModel
from alertmill.site.folders import RunFolder, is_folder_name
from alertmill.site.summaries import RunFacts, RunSummary, read_facts, started_at
from alertmill.site.verdicts import NetworkLedgers

_FORMAT = 1
"""Of the cache file; another one is not read."""
_SECONDS_TO_READ = 0.25
"""That one call may spend on reading runs; what is left is read by the next."""
_SECONDS_TO_WAIT = 0.3
"""For another thread that looks."""
_SECONDS_FOR_OTHERS = 0.02
"""Between two parts of a long reading: a thread that released the lock may take it first again."""
_SECONDS_BETWEEN_LOOKS = 0.2
"""Several requests at once share a look at the folders."""
_SECONDS_BETWEEN_DEEP_LOOKS = 10.0
"""In between, a finished run is not looked into: nothing but damage or removal changes it."""

_Key = tuple[str, str]
"""Network and name of a run."""
Signature = tuple[int, ...]
"""Times and sizes that change when a run's summary may have changed."""

_log = logging.getLogger(__name__)


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True)

    signature: Signature
    facts: RunFacts


class _CacheFile(FrozenModel):
    format: int
    root: str
    runs: tuple[_Kept, ...]


_CACHE = TypeAdapter(_CacheFile)
_NOT_CACHED: Any = {"runs": {"__all__": {"facts": {"summary": {"page"}}}}}
"""Derived from the rest."""


@dataclass(frozen=True)
class Snapshot:
    """The runs as they were at one look."""

    runs: tuple[RunSummary, ...]
    """Newest first."""
    n_unread: int = 0
    """Runs that were found and not read yet; the next look reads on."""
    warnings: tuple[str, ...] = ()
    """Sentences about files beside the runs that cannot be read."""

    @property
    def networks(self) -> tuple[str, ...]:
        """Networks that have runs, by name."""
        return tuple(sorted({run.network for run in self.runs}))

    @property
    def model_types(self) -> tuple[str, ...]:
        """Types of model that were trained, by name."""
        return tuple(sorted({run.model_type for run in self.runs if run.model_type}))

    def find(self, network: str, run_id: str) -> RunSummary | None:
        """Find a run by its name."""
        found = (r for r in self.runs if r.run_id == run_id and r.network == network)
        return next(found, None)


class Catalogue:
    """The runs below a root; any thread may ask for them.

    Parameters
    ----------
    root : Path
        Folder of all runs; need not exist yet.
    cache_file : Path, optional
        Where summaries are kept over a restart. A damaged or foreign file is ignored.
    """

    def __init__(self, root: Path, cache_file: Path | None = None) -> None:
        self.root = root.resolve()
        self._cache_file = cache_file
        self._lock = threading.Lock()
        self._kept: dict[_Key, _Kept] = self._load()
        self._shown: dict[_Key, RunSummary] = {}
        self._ledgers: dict[str, NetworkLedgers] = {}
        self._is_saved = True
        self._looked_at = self._looked_deep_at = float("-inf")
        self._snapshot = Snapshot(())

    def snapshot(self, *, seconds: float = _SECONDS_TO_READ) -> Snapshot:
        """Look at the folders, read what changed, and return all runs.

        Parameters
        ----------
        seconds : float
            Time after which no further run is read; `Snapshot.n_unread` counts the rest.
        """
        if not self._lock.acquire(timeout=_SECONDS_TO_WAIT):
            return self._snapshot  # another thread reads; this is what it has found so far
        try:
            is_fresh = time.monotonic() - self._looked_at < _SECONDS_BETWEEN_LOOKS
            if not is_fresh or self._snapshot.n_unread:
                self._look(seconds)
                self._looked_at = time.monotonic()
            return self._snapshot
        finally:
            self._lock.release()

    def find(self, network: str, run_id: str) -> RunSummary | None:
        """Find a run by its name; None if there is none."""
        return self.snapshot().find(network, run_id)

    def read_all(self, stop: threading.Event) -> None:
        """Read every run that was not read yet, in small parts, and keep the result in the file."""
        while self.snapshot().n_unread and not stop.wait(_SECONDS_FOR_OTHERS):
            pass
        self.save()

    def save(self) -> None:
        """Write the cache file if it lacks something; a folder that refuses it does no harm."""
        with self._lock:
            if self._is_saved or self._cache_file is None:
                return
            content = _CACHE.dump_json(
                _CacheFile(format=_FORMAT, root=str(self.root), runs=tuple(self._kept.values())),
                exclude_defaults=True,
                exclude=_NOT_CACHED,
            )
            self._is_saved = True
        try:
            write_bytes(self._cache_file, content)
        except OSError as error:
            _log.warning("the catalogue's cache %s was not written: %s", self._cache_file, error)

    def _load(self) -> dict[_Key, _Kept]:
        if self._cache_file is None:
            return {}
        try:
            cache = _CACHE.validate_json(self._cache_file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as error:
            reason = str(error).partition("\n")[0]
            _log.warning("the catalogue's cache is made anew: %s", reason)
            return {}
        if cache.format != _FORMAT or cache.root != str(self.root):
            return {}
        return {(k.facts.summary.network, k.facts.summary.run_id): k for k in cache.runs}

    def _look(self, seconds: float) -> None:
        is_changed = self._refresh_ledgers()
        now = time.monotonic()
        is_deep = is_changed or now - self._looked_deep_at >= _SECONDS_BETWEEN_DEEP_LOOKS
        if is_deep:
            self._looked_deep_at = now
        found = _scan(self.root, self._kept, is_deep=is_deep)
        gone = self._kept.keys() - found.keys
        for key in gone:
            del self._kept[key]
            self._shown.pop(key, None)
        read = self._read(found.changed, seconds)
        if gone or read or is_changed or len(self._shown) != len(self._kept):
            self._is_saved = False
            self._show(read)
        self._snapshot = Snapshot(
            self._snapshot.runs, len(found.changed) - len(read), tuple(self._warnings())
        )

    def _read(self, changed: Mapping[_Key, Signature], seconds: float) -> list[_Key]:
        """Read runs, newest first, until the time is over; at least one. Return which."""
        until = time.monotonic() + seconds
        read: list[_Key] = []
        for key in sorted(changed, key=lambda key: key[1], reverse=True):
            if read and time.monotonic() > until:
                break
            facts = read_facts(RunFolder(self.root, *key))
            self._kept[key] = _Kept.model_construct(signature=changed[key], facts=facts)
            read.append(key)
        return read

    def _refresh_ledgers(self) -> bool:
        """Read new entries beside the runs; the runs of such a network are shown anew."""
        is_changed = False
        for entry in _folders(self.root):
            network = entry.name
            if network not in self._ledgers:
                self._ledgers[network] = NetworkLedgers(self.root, network)
            if self._ledgers[network].refresh():
                is_changed = True
                for key in [key for key in self._shown if key[0] == network]:
                    del self._shown[key]
        return is_changed

    def _show(self, read: Iterable[_Key]) -> None:
        for key in read:
            self._shown.pop(key, None)
        for key, kept in self._kept.items():
            if key not in self._shown:
                self._shown[key] = self._ledgers[key[0]].show(kept.facts)
        runs = [*self._shown.values(), *self._removed_without_folder()]
        runs.sort(key=lambda run: (run.run_id, run.network), reverse=True)
        self._snapshot = Snapshot(tuple(runs))

    def _removed_without_folder(self) -> Iterable[RunSummary]:
        for network, ledgers in self._ledgers.items():
            there = (run_id for found, run_id in self._kept if found == network)
            yield from ledgers.removed_without_folder(there)

    def _warnings(self) -> Iterable[str]:
        for _, ledgers in sorted(self._ledgers.items()):
            for path in ledgers.unreadable:
                yield (
                    f"{path} cannot be read, so what is shown of a run may be out of date. "
                    "Restore it from a copy."
                )


@dataclass(frozen=True)
class _Found:
    """Run folders at one look."""

    keys: set[_Key]
    changed: dict[_Key, Signature]
    """Those that are new, or of another signature than before."""


def _scan(root: Path, kept: Mapping[_Key, _Kept], *, is_deep: bool) -> _Found:
    """List the run folders; a link is no run folder.

    Parameters
    ----------
    root : Path
        Folder of all runs.
    kept : mapping
        Runs that were read before.
    is_deep : bool
        Whether to look into finished runs as well.
    """
    keys: set[_Key] = set()
    changed: dict[_Key, Signature] = {}
    for network in _folders(root):
        name = network.name
        for entry in _folders(network.path):
            key = name, entry.name
            known = kept.get(key)
            before = known.signature if known else ()
            if is_deep or len(before) != _LENGTH_OF_FINISHED:
                signature = _signature(entry)
                if signature is None:
                    continue
                if signature != before:
                    changed[key] = signature
            keys.add(key)
    return _Found(keys, changed)


def _folders(path: Path | str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return [
                e for e in entries if is_folder_name(e.name) and e.is_dir(follow_symlinks=False)
            ]
    except OSError:  # not there yet, removed meanwhile, or not ours to read
        return []


_LENGTH_OF_FINISHED = 6
"""Of a signature: times and sizes of the folder, its parameters and its manifest."""


def _signature(entry: os.DirEntry[str]) -> Signature | None:
    """Describe the state of a run folder; None if it is the folder of something else.

    Files of a run appear by renaming, which changes the time of their folder. Manifest and
    parameters are looked at by themselves, because a person may change them in place.
    """
    parameters = _times(f"{entry.path}/parameters.json")
    if not parameters and started_at(entry.name) is None:
        return None
    manifest = _times(f"{entry.path}/manifest.json")
    inner = () if manifest else ("stages", "checks", "model", "promotion")
    parts = (_times(f"{entry.path}/{name}") or (0, 0) for name in inner)
    return sum(parts, (*_times(entry.path), *parameters, *manifest))


def _times(path: str) -> Signature:
    """Return time of change and size of a file or folder; nothing if it is not there."""
    try:
        found = os.lstat(path)
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size
