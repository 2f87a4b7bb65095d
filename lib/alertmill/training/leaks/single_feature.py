"""Features that alone tell confirmed from cleared alerts better than an honest one does."""

from __future__ import annotations

import numpy as np

from alertmill.training.leaks.area import Area, areas_of, count_addresses, ranked_above
from alertmill.training.leaks.findings import CheckName, CheckResult, Finding
from alertmill.training.leaks.subject import Subject, Votes

_FOLDS = 5
_PRIOR = 1.0
"""Addresses at the overall rate that every category is given before it is counted."""


def check_single_features(subject: Subject) -> CheckResult:
    """Measure every feature alone on the labelled training alerts, one vote per address."""
    rows = subject.labelled
    votes = Votes.of(rows.keys["address"], rows.y == 1)
    findings = []
    for name in subject.names:
        values = rows.X[name].cast(float).fill_null(np.nan).to_numpy()
        areas = (
            [_area_of_codes(values, votes)]
            if name in subject.categorical
            else areas_of(values, votes)
        )
        above = [area for area in areas if area.exceeds(subject.limit)]
        if above:
            findings.append(_finding(name, max(above, key=lambda a: a.value), subject.limit))
    n_positive, n_negative = count_addresses(votes)
    return CheckResult(
        check=CheckName.SINGLE_FEATURE,
        findings=tuple(findings),
        scope=f"{len(subject.names)} features on {len(rows.y):,} labelled training alerts of "
        f"{n_positive:.0f} confirmed and {n_negative:.0f} cleared addresses",
    )


def _area_of_codes(values: np.ndarray, votes: Votes) -> Area:
    """Rank categories by the share of confirmed addresses among the addresses of other folds.

    Missing is a category as well. The better direction is not chosen here: on folds that know
    nothing the rate of the others runs against the own one.
    """
    _, code = np.unique(values, return_inverse=True)
    fold = votes.unit % _FOLDS
    base = float(np.average(votes.y, weights=votes.weight))
    n_codes = int(code.max()) + 1
    cell = fold * n_codes + code
    shape = (_FOLDS, n_codes)
    confirmed = np.bincount(cell, votes.weight * votes.y, _FOLDS * n_codes).reshape(shape)
    counted = np.bincount(cell, votes.weight, _FOLDS * n_codes).reshape(shape)
    others = confirmed.sum(axis=0) - confirmed + _PRIOR * base
    rate = others / (counted.sum(axis=0) - counted + _PRIOR)
    pairs = float(votes.weight[votes.y].sum() * votes.weight[~votes.y].sum())
    value = ranked_above(rate[fold, code], votes) / pairs
    return Area(value, *count_addresses(votes), "by the rate of each category in other addresses")


def _finding(name: str, area: Area, limit: float) -> Finding:
    return Finding(
        check=CheckName.SINGLE_FEATURE,
        feature=name,
        reason="alone it tells confirmed from cleared alerts: a feature that good usually knows "
        "the label",
        evidence=f"ROC AUC {area.value:.3f} {area.how}, at least {area.lower_bound:.3f} by "
        f"{area.n_positive:.0f} confirmed and {area.n_negative:.0f} cleared addresses; "
        f"the limit is {limit:g}",
        value=area.value,
        limit=limit,
    )
