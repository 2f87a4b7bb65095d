"""ClickHouse: connection, schema, migrations, queries. The only package that knows the driver."""

from typing import TYPE_CHECKING

from alertmill.lazy import lazy_exports

if TYPE_CHECKING:
    from alertmill.storage.connection import (
        Client,
        ClientFactory,
        ConnectionParams,
        get_connection_params,
    )
    from alertmill.storage.migrations import migrate
    from alertmill.storage.model_metrics import fetch_model_metrics
    from alertmill.storage.promotions import fetch_promotions
    from alertmill.storage.queries import execute, fetch, insert
    from alertmill.storage.registry import fetch_trained_models

__all__ = [
    "Client",
    "ClientFactory",
    "ConnectionParams",
    "execute",
    "fetch",
    "fetch_model_metrics",
    "fetch_promotions",
    "fetch_trained_models",
    "get_connection_params",
    "insert",
    "migrate",
]

if not TYPE_CHECKING:  # type checkers would accept any name from __getattr__
    __getattr__, __dir__ = lazy_exports(__name__, __file__)
