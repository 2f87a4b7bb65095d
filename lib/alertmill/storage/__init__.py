"""ClickHouse: connection, schema, migrations, queries. The only package that knows the driver."""

from alertmill.storage.connection import (
    Client,
    ClientFactory,
    ConnectionParams,
    get_connection_params,
)
from alertmill.storage.queries import execute, fetch, insert

__all__ = [
    "Client",
    "ClientFactory",
    "ConnectionParams",
    "execute",
    "fetch",
    "get_connection_params",
    "insert",
]
