"""The catalogue of features as a page of Markdown, from the declarations alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alertmill.training.features.catalogue import FeatureCatalogue, FeatureDefinition, FeatureGroup

_INTRODUCTION = """\
<!-- Written by `make docs` from lib/alertmill/training/declarations: change it there. -->
# Features

Every feature of an alert, as it is declared. A row of the matrix is one alert of one processing
date, and knows what was known when the window of the alert ended. `alertmill features` prints the
same for the installed version, and a run keeps its own copy as `features/catalogue.json`.

- **Range**: what lies outside is refused, counted as missing, and listed in report 02.
- **Sees** is the latest that the value may depend on.
- **Labels**: whether labels of *other* addresses, known by then, enter the columns it is made of.
  The label of the address itself enters none.
- **Missing** stays missing: nothing is filled in, and the boosted trees learn what a gap means.
"""
_HEAD = ("Feature", "What it says", "Unit", "Range", "Sees", "Labels", "Missing if", "Made of")


def catalogue_page(catalogue: FeatureCatalogue, left_out: Mapping[str, str]) -> str:
    """Write the page.

    Parameters
    ----------
    catalogue : FeatureCatalogue
        The features in their order.
    left_out : mapping of str to str
        Columns that no feature is made of, as table.column, with the reason.
    """
    groups = [(group, _of(catalogue, group)) for group in FeatureGroup]
    counts = [(str(group), str(len(features))) for group, features in groups]
    parts = [
        _INTRODUCTION,
        _table(("Group", "Features"), [*counts, ("all", str(len(catalogue.names)))]),
    ]
    for group, features in groups:
        parts += [f"## {str(group).capitalize()}", _table(_HEAD, map(_row, features))]
    parts += [
        "## Columns that are no feature",
        _table(("Column", "Why"), ((f"`{name}`", why) for name, why in left_out.items())),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _of(catalogue: FeatureCatalogue, group: FeatureGroup) -> list[FeatureDefinition]:
    return [feature for feature in catalogue.features if feature.group is group]


def _row(feature: FeatureDefinition) -> tuple[str, ...]:
    named = f" One of: {', '.join(feature.categories)}." if feature.categories else ""
    return (
        f"`{feature.name}`",
        feature.description + named,
        feature.unit,
        feature.range,
        str(feature.latest),
        "of others" if feature.reads_labels_of_others else "none",
        feature.missing_means,
        ", ".join(f"`{source}`" for source in feature.sources),
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
