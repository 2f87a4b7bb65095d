"""Check one table with pandera, the only module that knows it; loading it takes two seconds."""

from __future__ import annotations

from functools import lru_cache, partial

import pandera.polars as pa
import polars as pl
from pandera.constants import CHECK_OUTPUT_KEY
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from alertmill.errors import Breach
from alertmill.snapshots.contracts.columns import Column, Rule, Table
from alertmill.snapshots.contracts.examples import EXAMPLES, examples_of


def find_breaches(table: Table, frame: pl.DataFrame) -> list[Breach]:
    """Check every rule of the table on every row; columns that it does not declare are left alone.

    Rules look at whole columns: 300,000 rows of 120 columns take half a second.
    """
    try:
        _schema_of(table).validate(frame, lazy=True)
    except SchemaErrors as errors:
        return _described(table, frame, errors.schema_errors)
    return []


@lru_cache(maxsize=16)
def _schema_of(table: Table) -> pa.DataFrameSchema:
    keys_once = pa.Check(
        partial(_stand_once, table.key),
        name=", ".join(table.key),
        error="each key once",
        n_failure_cases=EXAMPLES,
    )
    return pa.DataFrameSchema(
        {column.name: _column(column) for column in table.columns},
        checks=[*(_check(rule, name=column) for column, rule in table.rules), keys_once],
    )


def _column(column: Column) -> pa.Column:
    checks = [_check(rule, name=column.name) for rule in column.rules]
    return pa.Column(column.dtype, checks=checks, nullable=column.is_nullable)


def _check(rule: Rule, *, name: str) -> pa.Check:
    # pandera would copy and render every failing row, where a few are named in the end.
    return pa.Check(
        partial(_evaluate, rule.holds), name=name, error=rule.expected, n_failure_cases=EXAMPLES
    )


def _evaluate(holds: pl.Expr, data: pa.PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(holds)


def _stand_once(key: tuple[str, ...], data: pa.PolarsData) -> pl.LazyFrame:
    keys = data.lazyframe.select(key).collect()
    # Hashes take a third of the memory; those that repeat may still be of different keys.
    is_once = keys.hash_rows().is_unique()
    suspects = (~is_once).arg_true()
    if len(suspects):
        is_once = is_once.scatter(suspects, keys[suspects].is_unique())
    return pl.LazyFrame({"is_once": is_once})


def _described(table: Table, frame: pl.DataFrame, errors: list[SchemaError]) -> list[Breach]:
    unusable = {
        str(error.failure_cases if _is_missing(error) else error.column_name)
        for error in errors
        if _is_missing(error) or error.reason_code == SchemaErrorReason.WRONG_DATATYPE
    }
    failed = [error for error in errors if error.reason_code == SchemaErrorReason.CHECK_ERROR]
    if failed and not unusable:
        raise failed[0]
    # A rule over a column that is missing or of another type says nothing more.
    found = [_breach(table, frame, error) for error in errors if error not in failed]
    return [breach for breach in found if breach.count]


def _is_missing(error: SchemaError) -> bool:
    return bool(error.reason_code == SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME)


def _breach(table: Table, frame: pl.DataFrame, error: SchemaError) -> Breach:
    if _is_missing(error):
        return Breach(table.name, str(error.failure_cases), "the column to be there", 1)
    if error.reason_code == SchemaErrorReason.WRONG_DATATYPE:
        name = str(error.column_name)
        expected = f"{table[name].dtype}, found {frame.schema[name]}"
        return Breach(table.name, name, expected, 1)
    if error.reason_code == SchemaErrorReason.SERIES_CONTAINS_NULLS:
        # pandera takes "not a number" for a null; that has a rule of its own.
        name, rule, is_broken = (
            str(error.column_name),
            "a value",
            frame[error.column_name].is_null(),
        )
    else:
        name, rule = str(error.check.name), str(error.check.error)
        is_broken = ~error.check_output[CHECK_OUTPUT_KEY]
    # A repeated key is named whole, and is no column.
    shown = name if name in frame.columns else table.key[0]
    examples = examples_of(table.key, frame, shown, is_broken)
    return Breach(table.name, name, rule, int(is_broken.sum()), examples)
