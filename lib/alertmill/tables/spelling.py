"""Addresses as a reader of a report looks them up."""

from __future__ import annotations

import polars as pl

from alertmill.addresses import spelt_for_people
from alertmill.networks import configured_networks


def with_shown_addresses(table: pl.DataFrame, network: str) -> pl.DataFrame:
    """Return a table whose column address is spelt as people and explorers write addresses.

    Addresses are stored as they are compared. Of a network that is configured elsewhere only, the
    kind is not known, and they stay as they are stored.

    Parameters
    ----------
    table : DataFrame
        With a column ``address``.
    network : str
        Of which the addresses are.
    """
    terms = {str(name): terms for name, terms in configured_networks().items()}.get(network)
    if terms is None:
        return table
    return table.with_columns(spelt_for_people(table["address"], terms.kind))
