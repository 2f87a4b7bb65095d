"""The pages of the site: HTML without scripts, made of the same models as the JSON answers."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from alertmill.evaluation.intervals import value_text
from alertmill.evaluation.metrics import METRICS
from alertmill.evaluation.reports import HEADLINE_METRICS
from alertmill.lineage.steps import Lineage
from alertmill.site import measures
from alertmill.site.details import ADDED, AS_RECORDED, MISSING, RunDetails
from alertmill.site.downloads import file_headers, matches
from alertmill.site.filters import POPULATIONS, VERDICTS, RunFilter, select
from alertmill.site.records import PromiseOutcomeRecord, PromiseRecord
from alertmill.site.service import Service
from alertmill.site.summaries import RunState, RunSummary
from alertmill.site.trend import build_trend
from alertmill.wording import counted, readable

_TEMPLATES = Path(__file__).parent / "templates"
_REPORT_STYLE = Path(__file__).parents[1] / "reporting" / "templates" / "report.css"
_UNCLEAR = 400
_TWO = 2
_DIGITS = 7
"""With which the number of a page is none."""
_KIBI = 1024
_MOST_EVIDENCE = 30


class Pages:
    """Renders the pages of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        environment = _environment()
        # Compiled now, so that the first reader does not wait for it.
        self._templates = {
            name: environment.get_template(name)
            for name in environment.list_templates(extensions=["j2"])
        }

    @property
    def routes(self) -> list[Route]:
        """Addresses and what answers them."""
        return [
            Route("/", self.catalogue, name="catalogue"),
            Route("/compare", self.compare, name="compare"),
            Route("/static/site.css", self.style, name="style"),
            Route("/runs/{network}/{run_id}", self.run_without_slash),
            Route("/runs/{network}/{run_id}/", self.run, name="run"),
            Route("/runs/{network}/{run_id}/archive.zip", self.archive),
            Route("/runs/{network}/{run_id}/lineage", self.lineage),
            Route("/runs/{network}/{run_id}/files/{path:path}", self.file),
            Route("/scores", self.scores_without_slash),
            Route("/scores/", self.scores, name="scores"),
            Route("/scores/{network}/{run_id}/", self.scoring, name="scoring"),
            Route("/scores/{network}/{run_id}/lineage", self.scoring_lineage),
            Route("/scores/{network}/{run_id}/files/{path:path}", self.scoring_file),
        ]

    def catalogue(self, request: Request) -> Response:
        """Show all runs that were asked for."""
        given = dict(request.query_params)
        try:
            asked, problems = RunFilter.model_validate(given), []
        except ValidationError as error:
            asked, problems = RunFilter(), _describe_problems(error)
        snapshot = self._service.catalogue.snapshot()
        selection = select(snapshot.runs, asked, n_unread=snapshot.n_unread)
        trend = build_trend(selection.runs, metric=asked.metric, population=asked.population)
        deliveries, damaged = self._service.deliveries()
        return self._render(
            request,
            "catalogue.html.j2",
            status=_UNCLEAR if problems else 200,
            snapshot=snapshot,
            asked=asked,
            given=given,
            problems=problems,
            page=selection.page,
            trend=trend,
            deliveries=deliveries,
            warnings=[*snapshot.warnings, *damaged],
            missed=self._service.missed(),
            promises=self._service.promises(),
            n_by_state=_count_states(selection.runs),
            choices=_choices(snapshot.networks, snapshot.model_types),
            query=lambda **changes: urlencode(asked.query(**changes)),
        )

    def run(self, request: Request) -> Response:
        """Show one run."""
        details = self._service.details(**request.path_params)
        return self._render(
            request,
            "run.html.j2",
            run=details,
            neighbours=self._service.neighbours(details.summary),
            metrics=HEADLINE_METRICS,
            populations=POPULATIONS,
            meanings={metric.name: metric.meaning for metric in METRICS},
            attention=[check for check in details.checks if check.needs_attention],
            other_checks=[check for check in details.checks if not check.needs_attention],
            problems=[*details.unreadable, *_file_problems(details)],
        )

    def compare(self, request: Request) -> Response:
        """Show two runs side by side, or lead to the address that names them left and right."""
        chosen = request.query_params.getlist("run")
        if chosen:
            return self._choose(request, chosen)
        left, right = (request.query_params.get(side, "") for side in ("left", "right"))
        comparison = self._service.compare(left, right)
        return self._render(request, "compare.html.j2", comparison=comparison)

    def file(self, request: Request) -> Response:
        """Send a file of a run."""
        as_download = "download" in request.query_params
        return self._service.file(
            **request.path_params, request=request.headers, as_download=as_download
        )

    def scores(self, request: Request) -> Response:
        """Show the scoring runs, the newest first."""
        given = request.query_params.get("page", "1")
        page = int(given) if given.isascii() and given.isdigit() and len(given) < _DIGITS else 1
        return self._render(
            request,
            "scores.html.j2",
            page=self._service.scorings(page),
            missed=self._service.missed(),
        )

    def scores_without_slash(self, request: Request) -> Response:
        """Lead to the list, below which the links lie."""
        return RedirectResponse(f"{_root(request)}/scores/", 308)

    def scoring(self, request: Request) -> Response:
        """Show one scoring run."""
        details = self._service.scoring(**request.path_params)
        return self._render(request, "scoring.html.j2", run=details)

    def scoring_file(self, request: Request) -> Response:
        """Send a file of a scoring run."""
        as_download = "download" in request.query_params
        return self._service.scoring_file(
            **request.path_params, request=request.headers, as_download=as_download
        )

    def lineage(self, request: Request) -> Response:
        """Show the way of a score that a training run gave."""
        return self._lineage(request, self._service.lineage)

    def scoring_lineage(self, request: Request) -> Response:
        """Show the way of a score that a scoring run gave."""
        return self._lineage(request, self._service.scoring_lineage)

    def _lineage(self, request: Request, trace: Callable[..., Lineage]) -> Response:
        alert_id, day = (request.query_params.get(name, "") for name in ("alert", "day"))
        found = trace(**request.path_params, alert_id=alert_id, day=_day_of(day))
        return self._render(request, "lineage.html.j2", lineage=found, **request.path_params)

    def archive(self, request: Request) -> Response:
        """Send a run folder as a zip."""
        return self._service.archive(**request.path_params, request=request.headers)

    def run_without_slash(self, request: Request) -> Response:
        """Lead to the page, below which the links of a run lie."""
        run = self._service.summary(**request.path_params)
        return RedirectResponse(f"{_root(request)}/{run.page}", 308)

    def style(self, request: Request) -> Response:
        """Send the style sheet."""
        content, digest = _style()
        headers = file_headers("site.css", digest=digest, as_download=False)
        headers |= {"Content-Type": "text/css; charset=utf-8", "Content-Disposition": "inline"}
        if matches(request.headers.get("if-none-match"), headers["ETag"]):
            return Response(status_code=304, headers={"ETag": headers["ETag"]})
        return Response(content, headers=headers)

    def error(self, request: Request, status: int, text: str) -> Response:
        """Show why there is no page."""
        return self._render(request, "error.html.j2", status=status, error=text)

    def _choose(self, request: Request, chosen: list[str]) -> Response:
        if len(chosen) != _TWO:
            raise HTTPException(
                _UNCLEAR,
                f"{counted(len(chosen), 'run')} chosen, expected 2. Go back and choose two runs.",
            )
        # The list shows the newest first; side by side the older one stands left.
        right, left = chosen
        return RedirectResponse(
            f"{_root(request)}/compare?{urlencode({'left': left, 'right': right}, safe='/')}", 303
        )

    def _render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        **values: Any,  # noqa: ANN401 - what the template names
    ) -> HTMLResponse:
        text = self._templates[template].render(
            status=status,
            root=_root(request),
            style_version=_style()[1][:12],
            now=datetime.now(UTC),
            **values,
        )
        return HTMLResponse(text, status)


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))


@cache
def _style() -> tuple[bytes, str]:
    content = _REPORT_STYLE.read_bytes() + (_TEMPLATES / "site.css").read_bytes()
    return content, hashlib.sha256(content).hexdigest()


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "address": quote,
        "basis": measures.basis_text,
        "counted": counted,
        "difference": measures.difference_text,
        "interval": measures.interval_text,
        "measure": measures.measure_text,
        "moment": moment,
        "place": measures.place,
        "population": lambda name: measures.POPULATION_TITLES.get(name, name),
        "readable": readable,
        "sentence": sentence,
        "share": share,
        "size": size,
        "value": measures.value_text,
    }
    environment.globals |= {
        "RunState": RunState,
        "most_evidence": _MOST_EVIDENCE,
        "state_marks": {
            "finished": "good", "failed": "bad", "unreadable": "bad", "unfinished": "tip",
        },
        "verdict_marks": {
            "promoted": "good", "proposed": "info", "undecided": "tip", "rejected": "bad",
        },
        "promise_marks": {"inside": "good", "below": "bad", "above": "info"},
        "step_marks": {"verified": "good", "not verified": "tip", "differs": "bad"},
        "check_marks": {"issue": "bad", "tip": "tip", "passed": "good"},
    }  # fmt: skip
    return environment


def moment(when: datetime | None) -> str:
    """Write a time in UTC; an empty text for none.

    Examples
    --------
    >>> moment(datetime(2026, 1, 5, 6, 0, tzinfo=UTC)), moment(None)
    ('2026-01-05 06:00', '')
    """
    return "" if when is None else f"{when.astimezone(UTC):%Y-%m-%d %H:%M}"


def share(measured: PromiseRecord | PromiseOutcomeRecord) -> str:
    """Write a share with its interval, or the share alone; empty without one."""
    return value_text(measured.value, measured.low, measured.high, "")


def size(n_bytes: int) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> size(1), size(999), size(2048), size(5_453_571)
    ('1 byte', '999 bytes', '2 KiB', '5.2 MiB')
    """
    if n_bytes < _KIBI:
        return counted(n_bytes, "byte")
    if n_bytes < _KIBI**2:
        return f"{n_bytes / _KIBI:.0f} KiB"
    return f"{n_bytes / _KIBI**2:.1f} MiB"


def sentence(text: str) -> str:
    """Write a finding with a capital at its start and a full stop at its end.

    Examples
    --------
    >>> sentence("6 checks ran"), sentence("Why not?"), sentence("")
    ('6 checks ran.', 'Why not?', '')
    """
    text = text.strip()
    if not text:
        return ""
    ending = "" if text[-1] in ".?!…" else "."
    return f"{text[0].upper()}{text[1:]}{ending}"


def _describe_problems(error: ValidationError) -> list[str]:
    problems = []
    for found in error.errors(include_url=False):
        field = ".".join(map(str, found["loc"]))
        text = found["msg"].removeprefix("Value error, ")
        given = f" {str(found['input'])[:60]!r}" if field else ""
        problems.append(sentence(f"{field}{given}: {text}" if field else text))
    return problems


def _day_of(text: str) -> date | None:
    """Read a day of an address; empty is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        wrong = f"{text[:40]!r} is no day; expected one such as 2026-01-05."
        raise HTTPException(_UNCLEAR, wrong) from error


def _choices(networks: tuple[str, ...], model_types: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {
        "network": networks,
        "model_type": model_types,
        "state": tuple(state.value for state in RunState),
        "verdict": VERDICTS,
        "metric": HEADLINE_METRICS,
        "population": POPULATIONS,
    }


def _count_states(runs: Iterable[RunSummary]) -> list[tuple[str, int]]:
    counts = Counter(run.state for run in runs)
    return [(state.value, counts[state]) for state in RunState if counts[state]]


def _file_problems(run: RunDetails) -> list[str]:
    """Write which files differ from the manifest; a removed run has lost most on purpose."""
    if run.summary.state is RunState.REMOVED:
        return []
    return [
        f"{file.path} is {file.state}"
        if file.state in (MISSING, ADDED)
        else f"{file.path} has {file.state} since the run was published"
        for file in run.files
        if file.state not in ("", AS_RECORDED)
    ]
