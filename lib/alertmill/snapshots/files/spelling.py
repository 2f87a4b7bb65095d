"""The addresses of a file, spelt as its network compares them; broken ones are faults of rows."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from alertmill.addresses import compare_as
from alertmill.networks import terms_of
from alertmill.snapshots.files.columns import Reason
from alertmill.snapshots.files.examining import Examined, Fault
from alertmill.vocabulary import Network

CREATION = "contract-creation:"
"""How the receiver of a transfer that creates a contract is called, before its tx_id."""
_ADDRESSES = ("address", "from_address", "to_address")
_CONTRACTS = ("asset_contract",)


def spell_addresses(examined: Examined, network: Network) -> Examined:
    """Return columns in which equal addresses are equal texts, and those that are broken as faults.

    Columns that are absent are left out of it.
    """
    values = examined.values
    columns = [name for name in _ADDRESSES if name in values.columns]
    contracts = [name for name in _CONTRACTS if name in values.columns]
    if not columns or not values.height:
        return examined
    compared = compare_as(
        values, columns, terms_of(network).kind, contracts=contracts, names=CREATION
    )
    faults = [*examined.faults]
    if not compared.broken.is_empty():
        faults += _faults(values, columns, compared.broken)
    elif compared.fault is not None:
        all_rows = values[columns[0]].is_not_null()
        faults.append(Fault(columns[0], all_rows, values[columns[0]], compared.fault.expected))
    remarks = [*examined.remarks, *filter(None, [compared.remark])]
    return replace(examined, values=compared.frame, faults=faults, remarks=remarks)


def _faults(values: pl.DataFrame, columns: list[str], broken: pl.DataFrame) -> list[Fault]:
    faults = []
    for (expected,), of_kind in broken.group_by("expected", maintain_order=True):
        for column in columns:
            is_bad = values[column].is_in(of_kind["address"].implode()).fill_null(value=False)
            if is_bad.any():
                faults.append(Fault(column, is_bad, values[column], str(expected), Reason.ADDRESS))
    return faults
