"""Values that exist for one class only, or for labelled alerts only.

A value that marks the labelled alerts says nothing in training and something else in use, where
nothing is labelled yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.training.leaks.area import Area, count_addresses
from alertmill.training.leaks.findings import CheckName, CheckResult, Finding
from alertmill.training.leaks.subject import Subject, Votes
from alertmill.wording import percent


@dataclass(frozen=True)
class _Groups:
    """Two groups of training alerts that no single value should tell apart."""

    names: tuple[str, str]
    rows: np.ndarray
    """Which training rows belong to either group."""
    votes: Votes

    @classmethod
    def of(
        cls, names: tuple[str, str], train: pl.DataFrame, first: pl.Expr, *, among: pl.Expr
    ) -> _Groups | None:
        marked = train.select("address", first=first, among=among)
        rows = marked["among"].to_numpy()
        inside = marked.filter("among")
        if inside["first"].n_unique() < len(names):
            return None
        return cls(names, rows, Votes.of(inside["address"], inside["first"].to_numpy()))


def check_one_class(subject: Subject) -> CheckResult:
    """Compare how common every single value, and every gap, is in the two groups."""
    train = subject.train
    is_labelled = pl.col("y").is_not_null()
    pairs = (
        _Groups.of(("confirmed", "cleared"), train, (pl.col("y") == 1), among=is_labelled),
        _Groups.of(("labelled", "unlabelled"), train, is_labelled, among=pl.lit(value=True)),
    )
    compared = [groups for groups in pairs if groups is not None]
    findings = []
    for name in subject.names:
        values = train[name].cast(float).fill_null(np.nan).to_numpy()
        found = (_examine(name, values, groups, subject.limit) for groups in compared)
        findings += [finding for finding in found if finding is not None][:1]
    told = " and ".join(f"{a} against {b} alerts" for a, b in (g.names for g in compared))
    return CheckResult(
        check=CheckName.ONE_CLASS,
        findings=tuple(findings),
        scope=f"{len(subject.names)} features, {told}",
    )


def _examine(name: str, values: np.ndarray, groups: _Groups, limit: float) -> Finding | None:
    votes = groups.votes
    distinct, place = np.unique(values[groups.rows], return_inverse=True)
    first, second = (_shares(place, votes.weight * is_in) for is_in in (votes.y, ~votes.y))
    most = int(np.abs(first - second).argmax())
    # Having the value or not is a feature of two values, and this is its ROC AUC.
    area = Area(0.5 + abs(first[most] - second[most]) / 2, *count_addresses(votes))
    if not area.exceeds(limit):
        return None
    said = "is missing" if np.isnan(distinct[most]) else f"is {distinct[most]:g}"
    return Finding(
        check=CheckName.ONE_CLASS,
        feature=name,
        reason=f"one value tells {groups.names[0]} from {groups.names[1]} alerts",
        evidence=f"it {said} in {percent(first[most])} of the {groups.names[0]} and "
        f"{percent(second[most])} of the {groups.names[1]} ones, one vote per address",
        value=area.value,
        limit=limit,
    )


def _shares(place: np.ndarray, weight: np.ndarray) -> np.ndarray:
    counted = np.bincount(place, weight)
    return np.asarray(counted / counted.sum())
