"""Who bears the false alarms, as a table and in a sentence."""

from __future__ import annotations

import polars as pl

from alertmill.evaluation.burdens import Burden
from alertmill.evaluation.intervals import value_text
from alertmill.wording import counted, listing, readable

_KINDS = {Burden.RECALL: "true", Burden.FALSE_ALARMS: "cleared", Burden.QUEUE: "all"}


def burden_table(burdens: pl.DataFrame) -> pl.DataFrame:
    """One row per group: which share of its alerts reaches the queue, with intervals.

    Parameters
    ----------
    burdens : DataFrame
        From `burden_by_group`.

    Returns
    -------
    DataFrame
        Columns by, group, then of the true, the cleared and all alerts their number, addresses and
        share (95 % interval) as text, p after Holm of the true and the cleared, and "worse in".
    """
    rows = []
    for key, part in burdens.group_by("column", "group", maintain_order=True):
        of = {row["measure"]: row for row in part.iter_rows(named=True)}
        worse = [_worse_in(Burden(name)) for name, row in of.items() if row["is_worse"]]
        cells = [cell for burden in Burden for cell in _cells(of[burden])]
        ps = [of[burden]["p_adjusted"] for burden in (Burden.RECALL, Burden.FALSE_ALARMS)]
        rows.append((readable(str(key[0])), str(key[1]), *cells, *ps, listing(worse)))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_SCHEMA: dict[str, type[pl.DataType]] = {"by": pl.String, "group": pl.String}
for _kind in _KINDS.values():
    _SCHEMA[f"{_kind} alerts"] = pl.String
    _SCHEMA[f"of them opened ({_kind})"] = pl.String
_SCHEMA |= {"p, true": pl.Float64, "p, cleared": pl.Float64, "worse in": pl.String}


def burden_sentence(burdens: pl.DataFrame) -> str:
    """Return which groups are served worse than the others of their kind, with the evidence."""
    n_tested = burdens["p_adjusted"].drop_nulls().len()
    if not n_tested:
        return (
            "Whether a group bears more of the mistakes than others is not known: no two groups "
            "have enough confirmed or cleared alerts to be compared."
        )
    compared = f"{counted(n_tested, 'comparison')}, 5 %, Holm, by address"
    worse = burdens.filter("is_worse")
    if worse.is_empty():
        return f"No group is served worse than the others of its kind beyond chance ({compared})."
    parts = [_told(row) for row in worse.iter_rows(named=True)]
    return f"Beyond chance ({compared}): {'; '.join(parts)}."


def _told(row: dict[str, object]) -> str:
    value = value_text(row["value"], row["ci_low"], row["ci_high"], "")  # type: ignore[arg-type]  # a row of the schema
    kind = _KINDS[Burden(str(row["measure"]))]
    name = f"{readable(str(row['column']))} {row['group']}"
    direction = "fewer" if row["measure"] == Burden.RECALL else "more"
    return f"of {kind} alerts with {name} {direction} are opened, {value} against {row['rest']:.3f}"


def _cells(row: dict[str, object]) -> tuple[str, str]:
    sizes = f"{row['n_alerts']:,} of {counted(int(str(row['n_addresses'])), 'address')}"
    text = value_text(row["value"], row["ci_low"], row["ci_high"], str(row["note"]))  # type: ignore[arg-type]  # a row of the schema
    return sizes, text


def _worse_in(burden: Burden) -> str:
    return "recall" if burden is Burden.RECALL else "false alarms"
