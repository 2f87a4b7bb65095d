"""What became of promises, as a table and in a sentence."""

from __future__ import annotations

import polars as pl

from alertmill.evaluation.promises import PromiseReport, PromiseVerdict
from alertmill.wording import counted, readable

_SCHEMA = {
    "date": pl.Date,
    "run": pl.String,
    "share": pl.String,
    "promised": pl.String,
    "came true": pl.String,
    "on the days": pl.String,
    "labelled": pl.Int64,
    "confirmed": pl.Int64,
    "verdict": pl.String,
}


def promise_table(report: PromiseReport) -> pl.DataFrame:
    """One row per promise, the newest run first.

    Returns
    -------
    DataFrame
        Columns date (last day of the run that promised), run, share (of the review queue),
        promised and came true (value with 95 % interval, or why it is not known), on the days,
        labelled and confirmed (alerts of these days) and verdict.
    """
    rows = [
        (
            one.promise.made_on,
            one.promise.run_id,
            readable(one.promise.metric),
            one.promise.text,
            one.text,
            f"{one.first_day} to {one.last_day}" if one.first_day else "none",
            one.n_labelled,
            one.n_confirmed,
            one.verdict.value,
        )
        for one in report.outcomes
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def promise_sentence(report: PromiseReport) -> str:
    """Return how many promises of earlier runs came true."""
    known = [one for one in report.outcomes if one.verdict is not PromiseVerdict.UNKNOWN]
    n = len(report.outcomes)
    if not n:
        return "No earlier run of this kind is there whose promises could be compared."
    if not known:
        return (
            f"Whether {counted(n, 'promise')} of earlier runs came true is not known yet: the "
            "table says why."
        )
    counts = {v: sum(one.verdict is v for one in known) for v in PromiseVerdict}
    text = (
        f"{counts[PromiseVerdict.INSIDE]:,} of {counted(len(known), 'promise')} of earlier runs "
        "came true within the intervals"
    )
    others = [
        f"{counts[verdict]:,} came out {words}"
        for verdict, words in ((PromiseVerdict.BELOW, "lower"), (PromiseVerdict.ABOVE, "higher"))
        if counts[verdict]
    ]
    n_open = n - len(known)
    later = [f"{n_open:,} {'is' if n_open == 1 else 'are'} not known yet"] if n_open else []
    return f"{'; '.join([text, *others, *later])}."
