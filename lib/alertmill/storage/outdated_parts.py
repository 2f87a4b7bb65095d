"""Delete the parts of a table that merges have replaced, which the embedded engine never does.

A server deletes them after a while. The embedded engine does not live that long: a process opens it
for some seconds. Seven parts a day stayed for good, and after 230 days half of the time that the
engine took to open went into reading them.
"""

from __future__ import annotations

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from alertmill.storage.failures import endpoint_of, failure_of

TABLE = "ingestion_ledger"
"""The one table with many small inserts; others have a part for each batch, which stays."""
LIFETIME_SECONDS = 480
"""Of the table's setting: a part that was just replaced may be needed after a power cut."""
_MOST = 100
_COUNT = """
SELECT count() FROM system.parts
WHERE database = currentDatabase() AND table = {table:String} AND NOT active
    AND remove_time < now() - {seconds:UInt32}
"""


def delete_outdated_parts(
    client: Client, *, seconds: int = LIFETIME_SECONDS, most: int = _MOST
) -> int:
    """Delete the replaced parts of the ledger if there are many; return their number.

    Parameters
    ----------
    client : Client
        Connected to a database of the embedded engine.
    seconds : int
        Parts that were replaced later are not counted.
    most : int
        So many may stay.

    Raises
    ------
    DatabaseConnectionError, DatabaseUnreachableError
        As for any other statement.
    """
    try:
        n_outdated = int(client.command(_COUNT, parameters={"table": TABLE, "seconds": seconds}))  # type: ignore[arg-type]  # a number
        if n_outdated <= most:
            return 0
        # Whoever drops a partition, also one that is not there, waits until old parts are deleted.
        client.command(f"ALTER TABLE {TABLE} DROP PARTITION ID 'none'")
    except ClickHouseError as error:
        raise failure_of(error, endpoint_of(client)) from None
    return n_outdated
