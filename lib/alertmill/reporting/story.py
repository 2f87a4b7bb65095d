"""The page of a run in the orchestrator: verdict, numbers, checks, two figures, links.

Only the run folder is read, so it works at any point of a run.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from alertmill.answers.reading import available
from alertmill.audit.heads import LedgerHead
from alertmill.audit.marks import read_signature
from alertmill.evaluation.check_results import CheckReport, CheckResult, CheckState
from alertmill.evaluation.curves import budget_table
from alertmill.evaluation.reports import Comparison, Evaluation
from alertmill.evaluation.summaries import POPULATION_TITLES
from alertmill.plotting.display import alternative_text, render_png
from alertmill.plotting.story import plot_against_rivals, plot_precision_by_budget
from alertmill.reporting.addresses import ReportSite
from alertmill.reporting.digits import difference_text, metric_text
from alertmill.reporting.ending import RunEnding
from alertmill.reporting.index import ARCHIVE, INDEX
from alertmill.reporting.markdown import plain, table
from alertmill.reporting.opening import work_sentences
from alertmill.reporting.outcomes import NotebookOutcome, load_outcomes, report_path
from alertmill.runs import Run
from alertmill.wording import counted, readable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STORY_METRICS = ("average_precision", "precision_at_budget", "roc_auc")
STORY_POPULATIONS = ("test_new", "test_all")
_CHAMPION = "champion"
_TIPS = 3


def tell_story(run: Run, ending: RunEnding, site: ReportSite) -> str:
    """Return the page of a run as Markdown: verdict, numbers, checks, figures, links, signature.

    The orchestrator keeps the page, so it holds the run's entry of the signed ledger for whoever
    doubts the runs folder later.

    Parameters
    ----------
    run : Run
        Some stages may be missing; the page then says so.
    ending : RunEnding
        How the run ended.
    site : ReportSite
        Where the links lead.
    """
    evaluation = available(lambda: run.evaluation)
    sections = [
        _verdict_section(run, ending),
        _numbers_section(run, evaluation),
        _attention_section(available(lambda: run.checks)),
        _figures_section(run, evaluation),
        _links_section(run, site),
        _signature_section(run),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _verdict_section(run: Run, ending: RunEnding) -> str:
    p = run.parameters
    work = work_sentences(run)
    about = f"{p.network}, {p.start_date} to {p.end_date}, {p.model_type}, run {run.run_id}"
    told = [f"## {ending.title}", f"**{plain(ending.sentence)}**"]
    return "\n\n".join([*told, *([plain(work)] if work else []), plain(about)])


def _numbers_section(run: Run, evaluation: Evaluation | None) -> str:
    if evaluation is None:
        return "### Headline numbers\n\nThe run was not evaluated."
    if _CHAMPION not in evaluation.models:
        champion = available(lambda: run.champion)
        reason = champion.reason if champion else "the comparison is missing"
        note = f"Not compared with a champion: {plain(reason)}."
        return "\n\n".join(
            ["### Headline numbers", _own_numbers(evaluation), note, _basis(evaluation)]
        )
    numbers = _numbers_beside_champion(evaluation, available(lambda: run.comparison))
    return "\n\n".join(["### Headline numbers against the champion", numbers, _basis(evaluation)])


def _own_numbers(evaluation: Evaluation) -> str:
    rows = [
        (*_row_head(metric, split), metric_text(evaluation.get("model", metric, split=split)))
        for split in STORY_POPULATIONS
        for metric in STORY_METRICS
    ]
    return table(("metric", "addresses", "this model"), rows)


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
    return table(("metric", "addresses", "this model", "champion", "difference"), rows)


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
    return f"- **{result.code} {plain(result.title)}.** {_found(result)}{blocks}"


def _tip_line(result: CheckResult) -> str:
    return f"- {result.code} {plain(result.title)}. {_found(result)}"


def _found(result: CheckResult) -> str:
    return " ".join(plain(_sentence(text)) for text in (result.told, result.advice) if text)


def _sentence(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    stripped = text.strip().rstrip(".")
    return f"{stripped[:1].upper()}{stripped[1:]}."


def _figures_section(run: Run, evaluation: Evaluation | None) -> str:
    if evaluation is None:
        return ""
    figures = [plot_against_rivals(evaluation)]
    predictions = available(lambda: run.predictions)
    if predictions is not None:
        by_budget = budget_table(predictions, review_budget=evaluation.review_budget)
        figures.insert(0, plot_precision_by_budget(by_budget, evaluation))
    return "\n\n".join(_image(figure) for figure in figures)


def _image(figure: Figure) -> str:
    data = base64.b64encode(render_png(figure)).decode("ascii")
    return f"![{plain(alternative_text(figure))}](data:image/png;base64,{data})"


def _links_section(run: Run, site: ReportSite) -> str:
    everything = [f"[page of the run]({site.run(run)})"]
    if (run.path / "reports" / INDEX).is_file():
        everything.insert(0, f"[first page of the reports]({site.index(run)})")
    if (run.path / ARCHIVE).is_file():
        everything.append(f"[all reports (zip)]({site.reports_archive(run)})")
    everything.append(f"[run folder (zip)]({site.run_archive(run)})")
    reports = [_report_line(run, outcome, site) for outcome in load_outcomes(run)]
    return "\n\n".join(["### Reports", " · ".join(everything), "\n".join(reports)]).rstrip()


def _signature_section(run: Run) -> str:
    """Write the run's entry as `alertmill verify --head` takes it."""
    stored = read_signature(run.path)
    if stored is None or stored.signed_entry is None:
        return ""
    head = LedgerHead(number=stored.signed_entry.number, sha256=stored.sha256)
    return f"Entry of the signed ledger: `{head.text}`"


def _report_line(run: Run, outcome: NotebookOutcome, site: ReportSite) -> str:
    page, title = report_path(run, outcome.template), plain(outcome.title)
    linked = f"[{title}]({site.page(run, page)})" if page.is_file() else title
    failed = "" if outcome.is_ok else f": **failed**, {plain(outcome.summary)}"
    return f"- {linked}{failed}"
