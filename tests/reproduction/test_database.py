"""Whether the database still gives the extract, and which batches changed."""

from __future__ import annotations

from alertmill.reproduction.database import compare_with_database
from alertmill.runs import Run
from alertmill.simulator import simulate
from alertmill.snapshots.loading import load_labels
from alertmill.storage import Client
from alertmill.storage.ledger import Delivery
from tests.reproduction.conftest import SHA256
from tests.support.tiny_world import WORLD


def test_the_database_gives_the_extract_until_a_source_is_loaded_anew(
    published: Run, world_client: Client
) -> None:
    labels = simulate(WORLD).labels
    source = Delivery(WORLD.network, "tiny", source_sha256="cd" * 32)

    before = compare_with_database(published, world_client)
    load_labels(world_client, labels.head(labels.height - 1), source)
    after = compare_with_database(published, world_client)
    load_labels(world_client, labels, Delivery(WORLD.network, "tiny", source_sha256=SHA256))
    again = compare_with_database(published, world_client)

    assert ("database: gives the same extract, 10 queries",) == before.sentences
    n_rows = published.address_labels.height
    assert (f"address_labels: {n_rows - 1:,} rows, {n_rows:,} then",) == after.differing
    assert ["raw_address_labels"] == [batch.table for batch in after.changed]
    assert f"replaced {after.changed[0].then}, other rows, source sha256 {'cd' * 32}" in (
        after.changed[0].sentence
    )
    assert again.is_equal
    assert [True] == [batch.is_same_content for batch in again.changed]


def test_a_run_of_an_earlier_version_did_not_write_down_its_batches(
    copied: Run, world_client: Client
) -> None:
    (copied.path / "data" / "batches.parquet").unlink()

    found = compare_with_database(copied, world_client)

    assert found.is_equal
    assert "the run did not write down of which batches" in found.sentences[-1]
