"""What pages and JSON answers have in common: find runs, and open their files."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response

from alertmill.errors import DeliveryReportError, RunFileError
from alertmill.lineage.steps import Lineage
from alertmill.networks import configured_networks
from alertmill.runs import PROMISES_FILE
from alertmill.site.archive import stream_archive
from alertmill.site.catalogue import Catalogue
from alertmill.site.comparison import RunComparison, compare_runs
from alertmill.site.details import RunDetails, read_details
from alertmill.site.digests import Digests
from alertmill.site.downloads import (
    SANDBOX,
    StreamedResponse,
    answer_with_file,
    disposition,
    file_headers,
    matches,
)
from alertmill.site.folders import RunFolder, ScoringFolder
from alertmill.site.records import PromiseOutcomeRecord, PromisesRecord
from alertmill.site.scorings import (
    ScoringDetails,
    ScoringPage,
    latest_missed,
    list_scorings,
    read_scoring_details,
)
from alertmill.site.summaries import RunState, RunSummary, started_at
from alertmill.snapshots.deliveries import DeliveryReport, read_delivery_report

_NOT_FOUND = 404
_UNCLEAR = 400


@dataclass(frozen=True)
class Neighbours:
    """The runs of the same network and type of model before and after a run."""

    earlier: RunSummary | None
    later: RunSummary | None


@dataclass(frozen=True)
class NetworkPromises:
    """What became of promises, by the newest run that knows it."""

    run: RunSummary
    outcomes: tuple[PromiseOutcomeRecord, ...]


class Service:
    """The runs of one root, for reading."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._digests = Digests()

    def summary(self, network: str, run_id: str) -> RunSummary:
        """Find a run; raise `HTTPException` with 404 if there is none of this name."""
        summary = self.catalogue.find(network, run_id)
        if summary is None:
            raise HTTPException(_NOT_FOUND, "There is no run of this name.")
        return summary

    def details(self, network: str, run_id: str) -> RunDetails:
        """Read a run; raise `HTTPException` with 404 if there is none of this name."""
        summary = self.summary(network, run_id)
        return read_details(RunFolder(self.catalogue.root, network, run_id), summary)

    def neighbours(self, run: RunSummary) -> Neighbours:
        """Find the runs of the same kind before and after a run, finished ones only."""
        alike = [
            other
            for other in self.catalogue.snapshot().runs
            if (other.network, other.model_type) == (run.network, run.model_type)
            and (other.state is RunState.FINISHED or other.run_id == run.run_id)
        ]
        at = next((i for i, other in enumerate(alike) if other.run_id == run.run_id), None)
        if at is None:
            return Neighbours(None, None)
        earlier = alike[at + 1] if at + 1 < len(alike) else None
        return Neighbours(earlier, alike[at - 1] if at else None)

    def compare(self, left: str, right: str) -> RunComparison:
        """Compare two runs, each named as network/run_id."""
        return compare_runs(self.details(*_split(left)), self.details(*_split(right)))

    def file(
        self, network: str, run_id: str, path: str, request: Headers, *, as_download: bool
    ) -> Response:
        """Answer with a file of a run; raise `HTTPException` with 404 if it is not served."""
        folder = RunFolder(self.catalogue.root, network, run_id)
        return self._file(folder, path, request, as_download=as_download)

    def _file(
        self, folder: RunFolder, path: str, request: Headers, *, as_download: bool
    ) -> Response:
        try:
            file = folder.open(path)
        except FileNotFoundError as error:
            raise HTTPException(_NOT_FOUND, "The run has no such file.") from error
        digest = self._digests.of(folder, path, file)
        name = path.rpartition("/")[2]
        size = os.fstat(file.fileno()).st_size
        headers = file_headers(name, digest=digest, as_download=as_download)
        return answer_with_file(file, size, headers, request)

    def archive(self, network: str, run_id: str, request: Headers) -> Response:
        """Answer with a zip of the whole run folder."""
        self.summary(network, run_id)
        folder = RunFolder(self.catalogue.root, network, run_id)
        headers = {
            "Content-Type": "application/zip",
            "Content-Disposition": disposition(f"{run_id}.zip"),
            "Cache-Control": "private, no-cache",
            "Content-Security-Policy": SANDBOX,
        }
        etag = self._archive_tag(folder)
        if etag:
            headers["ETag"] = etag
            if matches(request.get("if-none-match"), etag):
                return Response(status_code=304, headers={"ETag": etag})
        chunks = stream_archive(folder)
        return StreamedResponse(chunks, 200, headers, source=chunks)

    def scorings(self, page: int = 1) -> ScoringPage:
        """List the scoring runs, the newest first."""
        return list_scorings(self.catalogue.root, page=page)

    def scoring(self, network: str, run_id: str) -> ScoringDetails:
        """Read a scoring run; raise `HTTPException` with 404 if there is none of this name."""
        return read_scoring_details(self._scoring_folder(network, run_id))

    def missed(self) -> list[tuple[str, str]]:
        """Return per network how many true alerts are closed unseen, where that is known."""
        return latest_missed(self.catalogue.root)

    def promises(self) -> list[NetworkPromises]:
        """Read what the newest finished run of each network and type says of earlier promises."""
        newest: dict[tuple[str, str], RunSummary] = {}
        for run in self.catalogue.snapshot().runs:
            if run.state is RunState.FINISHED:
                newest.setdefault((run.network, run.model_type), run)
        found = []
        for run in newest.values():
            folder = RunFolder(self.catalogue.root, run.network, run.run_id)
            try:
                record = folder.record(PROMISES_FILE, PromisesRecord)
            except RunFileError:
                continue
            if record is not None and record.outcomes:
                found.append(NetworkPromises(run, record.outcomes))
        return found

    def scoring_file(
        self, network: str, run_id: str, path: str, request: Headers, *, as_download: bool
    ) -> Response:
        """Answer with a file of a scoring run; raise `HTTPException` with 404 without it."""
        folder = ScoringFolder(self.catalogue.root, network, run_id)
        return self._file(folder, path, request, as_download=as_download)

    def lineage(self, network: str, run_id: str, *, alert_id: str, day: date | None) -> Lineage:
        """Trace a score of a training run; raise `HTTPException` with 404 without one."""
        from alertmill.site.lineages import trace_training

        self.summary(network, run_id)
        folder = RunFolder(self.catalogue.root, network, run_id)
        return _found(partial(trace_training, folder, alert_id, day=day))

    def scoring_lineage(
        self, network: str, run_id: str, *, alert_id: str, day: date | None
    ) -> Lineage:
        """Trace a score of a scoring run; raise `HTTPException` with 404 without one."""
        from alertmill.site.lineages import trace_scoring

        folder = self._scoring_folder(network, run_id)
        return _found(partial(trace_scoring, folder, alert_id, day=day))

    def _scoring_folder(self, network: str, run_id: str) -> ScoringFolder:
        folder = ScoringFolder(self.catalogue.root, network, run_id)
        if started_at(run_id) is None or not folder.exists:
            raise HTTPException(_NOT_FOUND, "There is no scoring run of this name.")
        return folder

    def deliveries(self) -> tuple[list[DeliveryReport], list[str]]:
        """Read the delivery report of each network, and sentences on those that are damaged."""
        reports, warnings = [], []
        for network in configured_networks():
            try:
                report = read_delivery_report(self.catalogue.root, network)
            except DeliveryReportError as error:
                warnings.append(str(error))
            else:
                reports += [report] if report is not None else []
        return reports, warnings

    def _archive_tag(self, folder: RunFolder) -> str:
        """Tag of a finished run: its manifest holds the digest of everything in the archive."""
        try:
            manifest = folder.open("manifest.json")
        except FileNotFoundError:
            return ""
        with manifest:
            return f'"folder-{self._digests.of(folder, "manifest.json", manifest)}"'


def _found(trace: Callable[[], Lineage | None]) -> Lineage:
    """Return a lineage; raise `HTTPException` with 404 if there is none, or it is unreadable."""
    try:
        lineage = trace()
    except RunFileError as error:
        raise HTTPException(_NOT_FOUND, str(error)) from error
    if lineage is None:
        raise HTTPException(_NOT_FOUND, "The run has no score of this alert.")
    return lineage


def _split(name: str) -> tuple[str, str]:
    network, _, run_id = name.partition("/")
    if not network or not run_id:
        raise HTTPException(
            _UNCLEAR, f"{name[:100]!r} names no run; expected network/run_id for left and right."
        )
    return network, run_id
