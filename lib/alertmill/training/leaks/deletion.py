"""Features that change when something is deleted that they must not know.

Both checks build the features again, from less, and compare bit by bit. They need no statistics,
and find a leak by what it does, whatever it is called. They see what happens from the extracted
tables on: a query that reads the future is beyond them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time

import numpy as np
import polars as pl

from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.rows import KEYS
from alertmill.training.leaks.findings import CheckName, CheckResult, Finding
from alertmill.training.leaks.subject import Subject

_SAMPLED_DAYS = 2


@dataclass(frozen=True)
class _Change:
    """How a feature differs after a deletion."""

    feature: str
    n_changed: int
    n_rows: int
    example: str


def check_future(subject: Subject) -> CheckResult:
    """Delete everything after a sampled day; no row up to that day may change."""
    days = _sample_days(subject)
    found: dict[str, Finding] = {}
    for day in days:
        rebuilt = subject.build(until(subject.data, day))
        kept = subject.features.filter(pl.col("processing_date") <= day)
        for change in _compare(kept, rebuilt):
            found.setdefault(change.feature, _future_finding(change, day))
    return CheckResult(
        check=CheckName.FUTURE,
        findings=tuple(found.values()),
        scope=f"built again without what came after {' and '.join(map(str, days))}"
        + _not_rebuilt(subject),
    )


def check_labels(subject: Subject) -> CheckResult:
    """Delete all labels; no feature may change."""
    rebuilt = subject.build(
        replace(subject.data, address_labels=subject.data.address_labels.clear())
    )
    findings = tuple(
        Finding(
            check=CheckName.LABELS,
            feature=change.feature,
            reason="it changes when the labels are deleted, so it reads what is to be predicted",
            evidence=_describe(change),
        )
        for change in _compare(subject.features, rebuilt)
    )
    return CheckResult(
        check=CheckName.LABELS,
        findings=findings,
        scope=f"built again without {subject.data.address_labels.height:,} labels"
        + _not_rebuilt(subject),
    )


def until(data: TrainingData, day: date) -> TrainingData:
    """Delete what came after the snapshot of a day, which ends at 00:00 UTC of its date.

    Labels that were known later go, and revocations that came later are not known yet.
    """
    end = int(datetime.combine(day, time.min, UTC).timestamp() * 1000)
    frames = {
        field.name: getattr(data, field.name).filter(pl.col("processing_date") <= day)
        for field in fields(data)
        if "processing_date" in getattr(getattr(data, field.name), "columns", ())
    }
    revoked = pl.col("revoked_at")
    labels = data.address_labels.filter(pl.col("known_at") < end).with_columns(
        revoked_at=pl.when(revoked < end).then(revoked)
    )
    return replace(data, **frames, address_labels=labels)


def _sample_days(subject: Subject) -> list[date]:
    """Draw days before the last one that is looked at, so that something comes after each."""
    days = subject.features["processing_date"].unique().sort().to_list()[:-1]
    chosen = np.random.default_rng(subject.seed).choice(
        len(days), size=min(_SAMPLED_DAYS, len(days)), replace=False
    )
    return sorted(days[place] for place in chosen)


def _compare(expected: pl.DataFrame, rebuilt: pl.DataFrame) -> list[_Change]:
    """List the features of which a row is not bit for bit what it was."""
    aligned = expected.select(KEYS).join(rebuilt, on=KEYS, how="left", maintain_order="left")
    names = [n for n in expected.columns if n not in KEYS and n in rebuilt.columns]
    differs = {name: expected[name].ne_missing(aligned[name]) for name in names}
    return [
        _change(name, differs[name], expected, aligned) for name in names if differs[name].any()
    ]


def _change(
    name: str, differs: pl.Series, expected: pl.DataFrame, aligned: pl.DataFrame
) -> _Change:
    row = int(differs.arg_true()[0])
    keys = expected.select(KEYS).row(row)
    example = f"{expected[name][row]} became {aligned[name][row]} at {keys[1]} on {keys[0]}"
    return _Change(name, int(differs.sum()), expected.height, example)


def _describe(change: _Change) -> str:
    return f"{change.n_changed:,} of {change.n_rows:,} alerts differ, the first: {change.example}"


def _future_finding(change: _Change, day: date) -> Finding:
    return Finding(
        check=CheckName.FUTURE,
        feature=change.feature,
        reason="it changes when later days are deleted, so it knows the future",
        evidence=f"without what came after {day} {_describe(change)}",
    )


def _not_rebuilt(subject: Subject) -> str:
    foreign = sorted(set(subject.names) - set(subject.catalogue.names))
    return f"; not built here, and not checked: {', '.join(foreign)}" if foreign else ""
