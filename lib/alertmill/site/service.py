"""What pages and JSON answers have in common: find runs, and open their files."""

from __future__ import annotations

import os
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response

from alertmill.errors import DeliveryReportError
from alertmill.networks import configured_networks
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
from alertmill.site.folders import RunFolder
from alertmill.site.summaries import RunState, RunSummary
from alertmill.snapshots.deliveries import DeliveryReport, read_delivery_report

_NOT_FOUND = 404
_UNCLEAR = 400


@dataclass(frozen=True)
class Neighbours:
    """The runs of the same network and type of model before and after a run."""

    earlier: RunSummary | None
    later: RunSummary | None


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


def _split(name: str) -> tuple[str, str]:
    network, _, run_id = name.partition("/")
    if not network or not run_id:
        raise HTTPException(
            _UNCLEAR, f"{name[:100]!r} names no run; expected network/run_id for left and right."
        )
    return network, run_id
