"""A certificate that does not prove the server's name is refused, and nothing switches that off."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from alertmill.errors import (
    ConfigurationError,
    DatabaseConnectionError,
    DatabaseUnreachableError,
)
from alertmill.settings import Settings
from alertmill.storage import ClientFactory, ConnectionParams, fetch, get_connection_params
from tests.support.clickhouse_server import clickhouse_server

OURS, STRANGER = trustme.CA(), trustme.CA()
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@contextmanager
def serving(engine: Path, certificate: trustme.LeafCert | None) -> Iterator[ConnectionParams]:
    """Run a server with a certificate, or without TLS; give the parameters to reach it by TLS."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
    with (
        clickhouse_server(engine, tls=context) as server,
        OURS.cert_pem.tempfile() as trusted,
    ):
        settings = Settings(
            _env_file=None,
            clickhouse_host=server.host,
            clickhouse_port=server.port,
            clickhouse_secure=True,
            clickhouse_ca_file=Path(trusted),
        )
        params = get_connection_params("ethereum", settings)
        yield replace(params, database=f"test_{uuid.uuid4().hex}")


def test_a_certificate_of_a_trusted_authority_is_accepted(embedded_dir: Path) -> None:
    with (
        serving(embedded_dir, OURS.issue_cert("127.0.0.1")) as params,
        ClientFactory(params).client_context() as client,
    ):
        assert [(1,)] == fetch(client, "SELECT 1 AS one").rows()


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        (STRANGER.issue_cert("127.0.0.1"), "certificate is refused"),
        (OURS.issue_cert("127.0.0.1", not_after=LONG_AGO), "certificate is refused.*expired"),
        (OURS.issue_cert("db.example.org"), "certificate is refused.*127.0.0.1"),
        (None, "does not speak TLS"),
    ],
    ids=["unknown authority", "expired", "another name", "no TLS"],
)
def test_anything_else_is_refused_whatever_the_environment_says(
    embedded_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    certificate: trustme.LeafCert | None,
    words: str,
) -> None:
    for variable in ("PYTHONHTTPSVERIFY", "CLICKHOUSE_VERIFY", "CLICKHOUSE_SECURE"):
        monkeypatch.setenv(variable, "0")

    with (
        serving(embedded_dir, certificate) as params,
        pytest.raises(DatabaseConnectionError, match=words) as caught,
    ):
        ClientFactory(params).client_context().__enter__()

    assert not isinstance(caught.value, DatabaseUnreachableError)


@pytest.mark.parametrize("content", [None, "", "no certificate"], ids=["absent", "empty", "text"])
def test_a_file_without_certificates_is_named_before_anything_is_sent(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_text(content)
    settings = Settings(
        _env_file=None,
        clickhouse_host="127.0.0.1",
        clickhouse_secure=True,
        clickhouse_ca_file=file,
    )

    with pytest.raises(ConfigurationError, match=rf"CLICKHOUSE_CA_FILE is {file}"):
        ClientFactory(get_connection_params("ethereum", settings)).client_context().__enter__()
