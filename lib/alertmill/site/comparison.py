"""Two runs side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from alertmill.evaluation.reports import HEADLINE_METRICS
from alertmill.site.details import ReportRow, RunDetails
from alertmill.site.filters import POPULATIONS
from alertmill.site.measures import POPULATION_TITLES, difference_text
from alertmill.site.records import CheckRecord, FeatureRecord, Measure, Record
from alertmill.site.summaries import RunSummary
from alertmill.wording import counted, listing, readable

_NOT_THERE = "not there"
_TEST_PARAMETERS = ("network", "end_date", "window_days", "split.test_days", "label_strategy")
_FEATURE_FIELDS = {
    "group": "group",
    "description": "meaning",
    "unit": "unit",
    "lowest": "least value",
    "highest": "largest value",
    "latest": "latest that it sees",
    "monotone": "direction",
    "sources": "sources",
}


class ParameterPair(Record):
    """One parameter in both runs."""

    name: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        """True if the values differ."""
        return self.left != self.right


class MetricPair(Record):
    """One metric of both runs' own models on the test of each run."""

    metric: str
    title: str
    population: str
    left: Measure | None
    right: Measure | None
    difference: float | None = Field(description="Right minus left; None without both values.")

    @property
    def difference_text(self) -> str:
        """The difference with its sign, or a dash."""
        return "–" if self.difference is None else difference_text(self.difference)  # noqa: RUF001 - a dash


class CheckPair(Record):
    """One coded check in both runs."""

    code: str
    title: str
    left: CheckRecord | None
    right: CheckRecord | None

    @property
    def differs(self) -> bool:
        """True if it ended in another state."""
        return _check_state(self.left) != _check_state(self.right)

    @property
    def states(self) -> tuple[str, str]:
        """How it ended, left and right."""
        return _check_state(self.left), _check_state(self.right)


class FeatureChange(Record):
    """A feature that both runs have, declared in another way."""

    name: str
    changes: tuple[str, ...] = Field(description="What differs, in words.")


class FeatureDifferences(Record):
    """Which features the models do not share."""

    only_left: tuple[FeatureRecord, ...]
    only_right: tuple[FeatureRecord, ...]
    changed: tuple[FeatureChange, ...]
    n_shared: int = Field(description="Features of both, declared in the same way or not.")


class ReportPair(Record):
    """One report of both runs."""

    title: str
    left: ReportRow | None
    right: ReportRow | None


class RunComparison(Record):
    """Two runs side by side, and what differs between them."""

    left: RunSummary
    right: RunSummary
    sentence: str = Field(description="What differs, in short.")
    caution: str = Field(description="What the difference of two metrics does not prove.")
    parameters: tuple[ParameterPair, ...]
    metrics: tuple[MetricPair, ...]
    checks: tuple[CheckPair, ...]
    features: FeatureDifferences
    reports: tuple[ReportPair, ...]


def compare_runs(left: RunDetails, right: RunDetails) -> RunComparison:
    """Put two runs side by side.

    Parameters
    ----------
    left, right : RunDetails
        Any two runs, also of other networks or unfinished ones.
    """
    parameters = _parameters(left, right)
    checks = _checks(left, right)
    features = _features(left, right)
    return RunComparison(
        left=left.summary,
        right=right.summary,
        sentence=_sentence(parameters, checks, features),
        caution=_caution(parameters),
        parameters=parameters,
        metrics=tuple(_metrics(left, right)),
        checks=checks,
        features=features,
        reports=_reports(left, right),
    )


def _parameters(left: RunDetails, right: RunDetails) -> tuple[ParameterPair, ...]:
    values = [{p.name: p.value for p in side.parameters} for side in (left, right)]
    pairs = [
        ParameterPair(
            name=name,
            left=values[0].get(name, _NOT_THERE),
            right=values[1].get(name, _NOT_THERE),
        )
        for name in _in_order(*values)
    ]
    return tuple(sorted(pairs, key=lambda pair: not pair.differs))


def _metrics(left: RunDetails, right: RunDetails) -> Iterable[MetricPair]:
    for population in POPULATIONS:
        for metric in HEADLINE_METRICS:
            pair = left.measure(metric, population), right.measure(metric, population)
            values = [measure.value if measure else None for measure in pair]
            difference = None
            if values[0] is not None and values[1] is not None:
                difference = values[1] - values[0]
            yield MetricPair(
                metric=metric,
                title=readable(metric),
                population=POPULATION_TITLES[population],
                left=pair[0],
                right=pair[1],
                difference=difference,
            )


def _checks(left: RunDetails, right: RunDetails) -> tuple[CheckPair, ...]:
    sides = [{check.code: check for check in side.checks} for side in (left, right)]
    pairs = [
        CheckPair(
            code=code,
            title=(sides[0].get(code) or sides[1][code]).title,
            left=sides[0].get(code),
            right=sides[1].get(code),
        )
        for code in sorted({*sides[0], *sides[1]})
    ]
    return tuple(sorted(pairs, key=lambda pair: not pair.differs))


def _check_state(check: CheckRecord | None) -> str:
    if check is None:
        return _NOT_THERE
    return f"{check.state}, muted" if check.muted_because else check.state


def _features(left: RunDetails, right: RunDetails) -> FeatureDifferences:
    sides = [{feature.name: feature for feature in side.features} for side in (left, right)]
    shared = [name for name in sides[0] if name in sides[1]]
    changes = [(name, _feature_changes(sides[0][name], sides[1][name])) for name in shared]
    return FeatureDifferences(
        only_left=tuple(f for name, f in sides[0].items() if name not in sides[1]),
        only_right=tuple(f for name, f in sides[1].items() if name not in sides[0]),
        changed=tuple(FeatureChange(name=n, changes=c) for n, c in changes if c),
        n_shared=len(shared),
    )


def _feature_changes(left: FeatureRecord, right: FeatureRecord) -> tuple[str, ...]:
    return tuple(
        f"{title}: {_cell(getattr(left, name))} → {_cell(getattr(right, name))}"
        for name, title in _FEATURE_FIELDS.items()
        if getattr(left, name) != getattr(right, name)
    )


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value in (None, "") else str(value)


def _reports(left: RunDetails, right: RunDetails) -> tuple[ReportPair, ...]:
    sides = [{row.notebook.template: row for row in side.reports} for side in (left, right)]
    return tuple(
        ReportPair(
            title=(sides[0].get(name) or sides[1][name]).notebook.title,
            left=sides[0].get(name),
            right=sides[1].get(name),
        )
        for name in sorted({*sides[0], *sides[1]})
    )


def _in_order(*sides: Mapping[str, object]) -> list[str]:
    return list(dict.fromkeys(name for side in sides for name in side))


def _sentence(
    parameters: Sequence[ParameterPair],
    checks: Sequence[CheckPair],
    features: FeatureDifferences,
) -> str:
    n_features = len(features.only_left) + len(features.only_right) + len(features.changed)
    counts = (
        (sum(pair.differs for pair in parameters), "parameter"),
        (sum(pair.differs for pair in checks), "check"),
        (n_features, "feature"),
    )
    return describe_differences(counts)


def describe_differences(counts: Sequence[tuple[int, str]]) -> str:
    """Write how many things of each kind differ.

    Examples
    --------
    >>> describe_differences([(0, "parameter"), (0, "check")])
    'The runs do not differ in any parameter or check.'
    >>> describe_differences([(2, "parameter"), (0, "check"), (1, "feature")])
    'The runs differ in 2 parameters and 1 feature, and in no check.'
    >>> describe_differences([(1, "parameter"), (1, "check")])
    'The runs differ in 1 parameter and 1 check.'
    """
    differing = [counted(n, thing) for n, thing in counts if n]
    equal = [thing for n, thing in counts if not n]
    if not differing:
        return f"The runs do not differ in any {_alternatives(equal)}."
    rest = f", and in no {_alternatives(equal)}" if equal else ""
    return f"The runs differ in {listing(differing)}{rest}."


def _alternatives(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _caution(parameters: Sequence[ParameterPair]) -> str:
    differing = [p.name for p in parameters if p.differs and p.name in _TEST_PARAMETERS]
    if differing:
        return (
            f"Each model was measured on the test of its own run, and the tests differ "
            f"({listing(differing)}): a difference of the values is no evidence for either model."
        )
    return (
        "Both tests cover the same days. Intervals that overlap prove nothing in either "
        "direction; the report on model comparison of a run tests a difference on the same alerts."
    )
