"""A reader of a report sees addresses as explorers write them."""

from __future__ import annotations

import polars as pl

from alertmill.tables import with_shown_addresses

STORED = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
TABLE = pl.DataFrame({"address": [STORED], "score": [0.5]})


def test_an_address_of_an_evm_network_is_shown_with_its_checksum() -> None:
    shown = with_shown_addresses(TABLE, "ethereum")

    assert [("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", 0.5)] == shown.rows()


def test_addresses_of_other_and_of_unknown_networks_stay_as_they_are_stored() -> None:
    assert TABLE.equals(with_shown_addresses(TABLE, "bitcoin"))
    assert TABLE.equals(with_shown_addresses(TABLE, "configured elsewhere"))
