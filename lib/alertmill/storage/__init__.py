"""ClickHouse: connection, schema, migrations, queries."""
