"""Where Alertmill runs: hosts, credentials and folders. What a run varies is in `parameters`."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from alertmill.frozen_model import FrozenModel
from alertmill.redaction import note_environment, note_secret
from alertmill.vocabulary import AddressKind, Network


class NetworkTerms(FrozenModel):
    """What has to be known of a network before its transfers can be read."""

    kind: AddressKind = Field(description="How addresses are written and compared.")
    finality_minutes: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Minutes after which a transfer can no longer be undone by the network.",
    )


class Settings(BaseSettings):
    """Read once at start from environment variables, then ``.env``, then these defaults.

    An unrelated line in ``.env`` is ignored, because the file is shared with other programs.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    clickhouse_host: str | None = Field(
        None, description="Host of a ClickHouse server. Not set: the embedded engine is used."
    )
    clickhouse_port: int = Field(8123, ge=1, le=65535, description="HTTP(S) port of the server.")
    clickhouse_user: str = Field("default", description="User name on the server.")
    clickhouse_password: SecretStr = Field(SecretStr(""), description="Password on the server.")
    clickhouse_database: str | None = Field(
        None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Database name. Not set: risk_assessment_<network>.",
    )
    clickhouse_secure: bool = Field(False, description="Use TLS; certificates are verified.")  # noqa: FBT003
    clickhouse_ca_file: Path | None = Field(
        None,
        description="Certificates (PEM) of the authorities to trust. Not set: those of the system.",
    )
    clickhouse_max_execution_time: int = Field(
        300, ge=1, description="Limit for one query, in seconds."
    )
    alertmill_database_dir: Path = Field(
        Path(".alertmill/clickhouse"), description="Folder of the embedded database."
    )
    alertmill_runs_dir: Path = Field(Path("runs"), description="Folder that holds the run folders.")
    alertmill_state_dir: Path = Field(
        Path(".alertmill"),
        description="Folder of what `alertmill up` keeps: Prefect's database, logs, process ids.",
    )
    alertmill_prefect_port: int = Field(
        4200, ge=1, le=65535, description="Port of the Prefect server that `alertmill up` starts."
    )
    alertmill_site_host: str = Field(
        "127.0.0.1",
        description="Address on which the report site listens. Any but a loopback address needs "
        "alertmill_site_token.",
    )
    alertmill_site_port: int = Field(4280, ge=1, le=65535, description="Port of the report site.")
    alertmill_site_token: SecretStr | None = Field(
        None,
        description="Password, or bearer token, that readers of the report site must give. "
        "Not set: none, which only a loopback address allows.",
    )
    alertmill_tuning_storage: SecretStr | None = Field(
        None,
        description="SQLAlchemy URL of the database in which workers on several machines share a "
        "hyperparameter search, such as postgresql+psycopg://user:password@host/database. "
        "Not set: a SQLite file in the run folder.",
    )
    alertmill_networks: Annotated[dict[Network, NetworkTerms], NoDecode] = Field(
        {},
        description="Networks besides those known, in JSON: the kind of address (evm, bitcoin, "
        "tron, ss58, solana, opaque) and finality_minutes by name, such as "
        '{"tron": {"kind": "tron", "finality_minutes": 1}}.',
    )
    alertmill_allowed_modules: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Modules, separated by commas, whose classes the parameters of a deployment's "
        "runs may name (labels.strategy, computing.trainer). A package stands for all its modules.",
    )
    alertmill_report_url: str | None = Field(
        None,
        description="http or https URL under which people reach the report site; links to reports "
        "begin with it. Not set: alertmill_site_host and alertmill_site_port.",
    )

    alertmill_signing_key: Path | None = Field(
        None,
        description="File with the Ed25519 private key (PEM) that signs runs, removals and "
        "decisions. Not set: a development key, made on first use in the state folder.",
    )
    alertmill_signing_key_password: SecretStr | None = Field(
        None, description="Password of that file, if it is encrypted."
    )
    alertmill_ledger_head_file: Path | None = Field(
        None,
        description="File outside the runs folder to which the digest of each new entry of the "
        "signed ledger is appended. Not set: the databases of the networks alone remember them.",
    )
    alertmill_ledger_head_url: str | None = Field(
        None,
        pattern=r"^s3://[^@?#:]+$",
        description="URL of a folder of a bucket, as in s3://bucket/folder, in which the digest of "
        "each new entry of the signed ledger becomes an object. Not set: none is asked.",
    )

    alertmill_approvals_needed: int = Field(
        0,
        ge=0,
        le=20,
        description="Persons who must approve a run before its model is promoted; none of them "
        "started the run.",
    )
    alertmill_approvers: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Names, separated by commas, of those whose approval counts. Not set: of "
        "everybody.",
    )

    @field_validator("alertmill_approvers", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        """Return the names of a list with commas."""
        if not isinstance(value, str):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())

    @model_validator(mode="after")
    def _check_approvers(self) -> Self:
        """Refuse a rule that nobody can keep."""
        n_approvers = len(set(self.alertmill_approvers))
        if 0 < n_approvers < self.alertmill_approvals_needed:
            raise ValueError(
                f"ALERTMILL_APPROVALS_NEEDED is {self.alertmill_approvals_needed}, but "
                f"ALERTMILL_APPROVERS names {n_approvers}; name more, or ask for fewer."
            )
        return self

    def model_post_init(self, context: object, /) -> None:
        """Keep the secrets among the settings and in the environment out of every message."""
        del context
        note_environment(os.environ)
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                note_secret(value.get_secret_value())

    @field_validator("alertmill_allowed_modules", mode="before")
    @classmethod
    def _split_modules(cls, value: object) -> object:
        """Return the names of a list with commas."""
        if not isinstance(value, str):
            return value
        names = tuple(name.strip() for name in value.split(",") if name.strip())
        for name in names:
            if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", name):
                raise ValueError(
                    f"{name[:60]!r} is no name of a module; expected names such as "
                    "house_trainer,house.labels."
                )
        return names

    @field_validator("alertmill_networks", mode="before")
    @classmethod
    def _read_networks(cls, value: object) -> object:
        """Return what the JSON holds; pydantic-settings would only say that it cannot be read."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(
                f'found {value[:60]!r}, which is no JSON ({error}); expected for example {{"mybank"'
                ': {"kind": "opaque"}}.'
            ) from None

    @field_validator("alertmill_report_url")
    @classmethod
    def _check_report_url(cls, value: str | None) -> str | None:
        """Return the URL without a slash at its end; a browser would run a javascript: URL."""
        if value is None:
            return None
        parts = urlsplit(value)
        if "@" in parts.netloc:
            raise ValueError(
                "the URL holds a user name, which every link to a report would show; remove it."
            )
        is_plain = re.fullmatch(r"https?://[A-Za-z0-9._~:/%\[\]-]+", value, re.IGNORECASE)
        if not (is_plain and parts.hostname and parts.port != 0):
            raise ValueError(
                f"{value[:60]!r} is no address of a site; expected an http or https URL without "
                "query and fragment, such as https://reports.example.org/alertmill."
            )
        return value.rstrip("/")
