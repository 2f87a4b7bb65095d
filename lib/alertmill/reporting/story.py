"""What a run tells people in the orchestrator: a title and a sentence at once, one page a click on.

Only the run folder and the ledger beside it are read, so it works at any point of a run.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alertmill.evaluation.curves import budget_table
from alertmill.evaluation.reports import Comparison, Evaluation
from alertmill.evaluation.summaries import POPULATION_TITLES
from alertmill.evaluation.verdicts import CheckReport, CheckResult, CheckState
from alertmill.plotting.display import alternative_text, render_png
from alertmill.plotting.story import plot_against_rivals, plot_precision_by_budget
from alertmill.plotting.words import counted, readable
from alertmill.promotions import verdict_of
from alertmill.reporting.addresses import ReportSite
from alertmill.reporting.digits import difference_text, metric_text
from alertmill.reporting.failure import load_failure
from alertmill.reporting.index import ARCHIVE, INDEX
from alertmill.reporting.outcomes import NotebookOutcome, load_outcomes, report_path
from alertmill.reporting.summary import available
from alertmill.runs import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STORY_METRICS = ("average_precision", "precision_at_budget", "roc_auc")
STORY_POPULATIONS = ("test_new", "test_all")
_CHAMPION = "champion"
_TIPS = 3
_SPECIAL = re.compile(r"([\\`*_\[\]|~])")


@dataclass(frozen=True)
class Outcome:
    """How a run ended, as its page shows it without a click."""

    title: str
    """One word: Promoted, Proposed, Kept, Undecided, Rejected, Failed or Unfinished."""
    sentence: str
    """The verdict and its reason, or what failed and what to do."""


def outcome_of(run: Run) -> Outcome:
    """Return how the run ended, by its files alone."""
    failure = load_failure(run)
    if failure is not None:
        return Outcome("Failed", failure.sentence)
    failed = [outcome for outcome in load_outcomes(run) if not outcome.is_ok]
    if failed:
        return Outcome("Failed", _failed_reports(failed))
    verdict = verdict_of(run)
    if verdict is None:
        return Outcome("Unfinished", "The run has not decided about its model.")
    return Outcome(verdict.title, verdict.sentence)


def with_link(sentence: str, run: Run, site: ReportSite) -> str:
    """Append the address of the reports to a sentence; without reports, that of the run's page.

    A space ends the text: the orchestrator logs it in quotes, and one of its pages would take the
    closing quote into the link.
    """
    name, address = _front_door(run, site)
    return f"{sentence} {name}: {address} "


def linked_sentence(sentence: str, run: Run, site: ReportSite) -> str:
    """Write a link, then the sentence, as one line of Markdown; a narrow card cuts off its end."""
    name, address = _front_door(run, site)
    return f"[Open the {name.lower()}]({address}): {_plain(sentence)}"


def _front_door(run: Run, site: ReportSite) -> tuple[str, str]:
    """Return what a reader opens first, and its address."""
    if (run.path / "reports" / INDEX).is_file():
        return "Report", site.index(run)
    return "Run", site.run(run)


def tell_story(run: Run, outcome: Outcome, site: ReportSite) -> str:
    """Return the page of a run as Markdown: verdict, numbers, checks, two figures, links.

    Parameters
    ----------
    run : Run
        Some stages may be missing; the page then says so.
    outcome : Outcome
        How the run ended.
    site : ReportSite
        Where the links lead.
    """
    evaluation = available(lambda: run.evaluation)
    sections = [
        _verdict_section(run, outcome),
        _numbers_section(run, evaluation),
        _attention_section(available(lambda: run.checks)),
        _figures_section(run, evaluation),
        _links_section(run, site),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


# --- verdict --------------------------------------------------------------------------------


def _verdict_section(run: Run, outcome: Outcome) -> str:
    p = run.parameters
    about = f"{p.network}, {p.start_date} to {p.end_date}, {p.model_type}, run {run.run_id}"
    return f"## {outcome.title}\n\n**{_plain(outcome.sentence)}**\n\n{_plain(about)}"


def _failed_reports(failed: Sequence[NotebookOutcome]) -> str:
    names = ", ".join(outcome.template for outcome in failed)
    places = "its page shows" if len(failed) == 1 else "their pages show"
    return (
        f"{counted(len(failed), 'report')} failed: {names}; {places} the cell and the error. "
        "The model was left as it is. Correct the cause and retry the run."
    )


# --- numbers --------------------------------------------------------------------------------


def _numbers_section(run: Run, evaluation: Evaluation | None) -> str:
    if evaluation is None:
        return "### Headline numbers\n\nThe run was not evaluated."
    if _CHAMPION not in evaluation.models:
        champion = available(lambda: run.champion)
        reason = champion.reason if champion else "the comparison is missing"
        note = f"Not compared with a champion: {_plain(reason)}."
        return "\n\n".join(
            ["### Headline numbers", _own_numbers(evaluation), note, _basis(evaluation)]
        )
    table = _numbers_beside_champion(evaluation, available(lambda: run.comparison))
    return "\n\n".join(["### Headline numbers against the champion", table, _basis(evaluation)])


def _own_numbers(evaluation: Evaluation) -> str:
    rows = [
        (*_row_head(metric, split), metric_text(evaluation.get("model", metric, split=split)))
        for split in STORY_POPULATIONS
        for metric in STORY_METRICS
    ]
    return _table(("metric", "addresses", "this model"), rows)


def _numbers_beside_champion(evaluation: Evaluation, comparison: Comparison | None) -> str:
    rows = [
        (
            *_row_head(metric, split),
            metric_text(evaluation.get("model", metric, split=split)),
            metric_text(evaluation.get(_CHAMPION, metric, split=split)),
            _difference(comparison, metric, split),
        )
        for split in STORY_POPULATIONS
        for metric in STORY_METRICS
    ]
    return _table(("metric", "addresses", "this model", "champion", "difference"), rows)


def _row_head(metric: str, split: str) -> tuple[str, str]:
    return readable(metric), _population(split)


def _population(split: str) -> str:
    """Return which addresses of the test: new or all."""
    return POPULATION_TITLES[split].removeprefix("test, ").removesuffix(" addresses")


def _difference(comparison: Comparison | None, metric: str, split: str) -> str:
    for entry in comparison.differences if comparison else ():
        if (entry.rival, entry.metric, entry.split) == (_CHAMPION, metric, split):
            return difference_text(entry)
    return "not compared"


def _basis(evaluation: Evaluation) -> str:
    """Write what the numbers rest on; new addresses are those that training did not see."""
    counts = [
        f"{_population(size.split)} addresses: {counted(size.n_positives, 'confirmed alert')} at "
        f"{size.n_positive_addresses:,} of {size.n_addresses:,} addresses"
        for size in evaluation.populations
        if size.split in STORY_POPULATIONS
    ]
    return (
        f"In brackets: 95 % intervals over resampled addresses. Review budget: "
        f"{counted(evaluation.review_budget, 'alert')} a day. {_sentence('; '.join(counts))}"
    )


# --- checks ---------------------------------------------------------------------------------


def _attention_section(checks: CheckReport | None) -> str:
    head = "### What needs attention"
    if checks is None:
        return f"{head}\n\nThe checks did not run."
    issues = [result for result in checks.of_state(CheckState.ISSUE) if result.needs_attention]
    tips = [result for result in checks.of_state(CheckState.TIP) if not result.muted_because]
    lines = [_issue_line(result) for result in issues]
    lines += [_tip_line(result) for result in tips[:_TIPS]]
    if len(tips) > _TIPS:
        lines.append(f"- {counted(len(tips) - _TIPS, 'further tip')} on the first page.")
    return "\n\n".join([head, _checks_sentence(checks, len(issues), len(tips)), "\n".join(lines)])


def _checks_sentence(checks: CheckReport, n_issues: int, n_tips: int) -> str:
    n_muted = sum(bool(result.muted_because) for result in checks.results)
    muted = f"; {n_muted} muted" if n_muted else ""
    if not n_issues + n_tips:
        return f"Nothing: {counted(len(checks.results), 'check')} ran{muted}."
    return (
        f"{counted(n_issues, 'issue')} and {counted(n_tips, 'tip')} from "
        f"{counted(len(checks.results), 'check')}{muted}."
    )


def _issue_line(result: CheckResult) -> str:
    blocks = " It blocks a promotion." if result.is_blocking else ""
    return f"- **{result.code} {_plain(result.title)}.** {_found(result)}{blocks}"


def _tip_line(result: CheckResult) -> str:
    return f"- {result.code} {_plain(result.title)}. {_found(result)}"


def _found(result: CheckResult) -> str:
    return " ".join(_plain(_sentence(text)) for text in (result.told, result.advice) if text)


def _sentence(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    stripped = text.strip().rstrip(".")
    return f"{stripped[:1].upper()}{stripped[1:]}."


# --- figures --------------------------------------------------------------------------------


def _figures_section(run: Run, evaluation: Evaluation | None) -> str:
    if evaluation is None:
        return ""
    figures = [plot_against_rivals(evaluation)]
    predictions = available(lambda: run.predictions)
    if predictions is not None:
        table = budget_table(predictions, review_budget=evaluation.review_budget)
        figures.insert(0, plot_precision_by_budget(table, evaluation))
    return "\n\n".join(_image(figure) for figure in figures)


def _image(figure: Figure) -> str:
    data = base64.b64encode(render_png(figure)).decode("ascii")
    return f"![{_plain(alternative_text(figure))}](data:image/png;base64,{data})"


# --- links ----------------------------------------------------------------------------------


def _links_section(run: Run, site: ReportSite) -> str:
    everything = [f"[page of the run]({site.run(run)})"]
    if (run.path / "reports" / INDEX).is_file():
        everything.insert(0, f"[first page of the reports]({site.index(run)})")
    if (run.path / ARCHIVE).is_file():
        everything.append(f"[all reports (zip)]({site.reports_archive(run)})")
    everything.append(f"[run folder (zip)]({site.run_archive(run)})")
    reports = [_report_line(run, outcome, site) for outcome in load_outcomes(run)]
    return "\n\n".join(["### Reports", " · ".join(everything), "\n".join(reports)]).rstrip()


def _report_line(run: Run, outcome: NotebookOutcome, site: ReportSite) -> str:
    page, title = report_path(run, outcome.template), _plain(outcome.title)
    linked = f"[{title}]({site.page(run, page)})" if page.is_file() else title
    failed = "" if outcome.is_ok else f": **failed**, {_plain(outcome.summary)}"
    return f"- {linked}{failed}"


# --- Markdown -------------------------------------------------------------------------------


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    escaped = [tuple(_plain(cell) for cell in row) for row in rows]
    lines = [heads, tuple("---" for _ in heads), *escaped]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Write text in one line of which Markdown and HTML change nothing."""
    one_line = " ".join(text.split())
    escaped = one_line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", escaped)
