"""The addresses of a delivered folder, spelt as its network compares them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from alertmill.addresses import compare_as, folded
from alertmill.errors import SnapshotFolderError
from alertmill.errors.snapshots import quote
from alertmill.networks import terms_of
from alertmill.vocabulary import Network


def spell_addresses(
    file: object,
    frame: pl.DataFrame,
    columns: Sequence[str],
    *,
    network: Network,
    contracts: Sequence[str] = (),
) -> tuple[pl.DataFrame, list[str]]:
    """Return a table in which equal addresses are equal texts, and remarks on its addresses.

    Parameters
    ----------
    file : path
        File of the table, for the message.
    columns, contracts : sequence of str
        See `alertmill.addresses.compare_as`.

    Raises
    ------
    SnapshotFolderError
        If an address cannot be one of the network.
    """
    if not all(is_text(frame.schema[column]) for column in (*columns, *contracts)):
        return frame, []  # the contract of the table names the column
    compared = compare_as(frame, columns, terms_of(network).kind, contracts=contracts)
    fault = compared.fault
    if fault is not None:
        raise SnapshotFolderError.of(
            file,
            f"column {fault.column!r}, row {fault.row}: found {quote(fault.found)}, expected "
            f"{fault.expected}",
        )
    return compared.frame, [compared.remark] if compared.remark else []


def spell_contracts(frame: pl.DataFrame, *, network: Network) -> pl.DataFrame:
    """Return prices in which equal contracts of assets are equal texts."""
    if not is_text(frame.schema["asset_contract"]):
        return frame
    contract = pl.col("asset_contract").cast(pl.String)
    return frame.with_columns(folded(contract, terms_of(network).kind))


def spell_members(clusters: pl.DataFrame, *, network: Network) -> pl.DataFrame:
    """Return clusters whose addresses are spelt as those of the other tables."""
    kind = terms_of(network).kind
    return clusters.with_columns(
        folded(pl.col("primary_address"), kind),
        pl.col("addresses_involved").list.eval(folded(pl.element(), kind)),
    )


def is_text(dtype: pl.DataType) -> bool:
    """Return True for texts, also where they are categories."""
    return dtype in (pl.String, pl.Categorical) or isinstance(dtype, pl.Enum)
