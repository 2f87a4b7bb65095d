"""Networks are a setting: name, kind of address and finality."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from alertmill.errors import ConfigurationError, InputFileError, UnknownNameError
from alertmill.networks import (
    DEFAULTS,
    STORED,
    configured_networks,
    network_of,
    network_type,
    terms_of,
)
from alertmill.parameters import TrainingParameters, TrainingRequest
from alertmill.settings import Settings
from alertmill.snapshots.transfers_file import read_labels
from alertmill.storage import get_connection_params
from alertmill.vocabulary import AddressKind, Network

TRON_AND_BANK = '{"tron": {"kind": "tron", "finality_minutes": 1}, "mybank": {"kind": "opaque"}}'
RANGE = {"start_date": date(2024, 1, 1), "end_date": date(2024, 3, 31)}


@pytest.fixture
def more_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTMILL_NETWORKS", TRON_AND_BANK)


def write_labels(folder: Path, address: str) -> Path:
    path = folder / "labels.parquet"
    labels = {"address": [address], "label": ["x"], "risk_level": ["high"]}
    pl.DataFrame(labels).write_parquet(path)
    return path


def test_thirteen_networks_need_no_setting() -> None:
    assert 13 == len(configured_networks())
    assert AddressKind.SS58 is terms_of("torus").kind
    assert AddressKind.EVM is terms_of("torus_evm").kind
    assert 60 == terms_of("bitcoin").finality_minutes


@pytest.mark.usefixtures("more_networks")
def test_a_network_of_the_settings_is_one_like_the_others() -> None:
    assert {*DEFAULTS, "tron", "mybank"} == {*configured_networks()}
    assert AddressKind.TRON is terms_of("tron").kind
    assert "risk_assessment_mybank" == get_connection_params("mybank").database
    assert "mybank" == TrainingParameters(network=Network("mybank"), **RANGE).network
    assert "opaque" == network_type("mybank")


@pytest.mark.usefixtures("more_networks")
def test_the_form_lists_the_networks_of_the_settings() -> None:
    listed = TrainingRequest.model_json_schema()["properties"]["network"]["enum"]

    assert sorted([*DEFAULTS, "tron", "mybank"]) == listed


@pytest.mark.usefixtures("more_networks")
def test_addresses_are_compared_as_the_setting_says(tmp_path: Path) -> None:
    kept = read_labels(write_labels(tmp_path, "Account 7 A"), network=Network("mybank"))

    assert ["Account 7 A"] == kept.rows["address"].to_list()
    with pytest.raises(InputFileError, match=r"row 0.*checksum is right, as in base58check"):
        read_labels(
            write_labels(tmp_path, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6T"), network=Network("tron")
        )


def test_an_unknown_network_is_refused_with_the_setting_that_adds_it() -> None:
    with pytest.raises(UnknownNameError, match=r"'mybank'.*ethereum.*NETWORKS='{\"mybank"):
        network_of("mybank")
    with pytest.raises(ValidationError, match="unknown network 'mybank'"):
        TrainingParameters(network=Network("mybank"), **RANGE)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("{x", "is no JSON"),
        ('["tron"]', "dictionary"),
        ('{"my Bank": {"kind": "opaque"}}', "no name of a network"),
        ('{"tron": {"kind": "trn"}}', "'evm', 'bitcoin', 'tron'"),
        ('{"tron": {}}', "Field required"),
        ('{"tron": {"kind": "tron", "blocks": 1}}', "Extra inputs"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(
    given: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTMILL_NETWORKS", given)

    with pytest.raises(ConfigurationError, match=f"ALERTMILL_NETWORKS.*{reason}"):
        configured_networks()


def test_a_run_can_be_read_where_its_network_is_no_setting() -> None:
    """A run folder is evidence: it is read on machines that know nothing of its network."""
    stored = '{"network": "mybank", "start_date": "2024-01-01", "end_date": "2024-03-31"}'

    parameters = TrainingParameters.model_validate_json(stored, context=dict(STORED))

    assert "mybank" == parameters.network


@pytest.mark.parametrize("name", ["", "My", "a b", "1st", "../x", "a" * 49, "bank-1"])
def test_a_name_that_could_be_no_folder_or_database_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a network"):
        Network(name)


def test_settings_may_say_more_of_a_known_network() -> None:
    given = '{"ethereum": {"kind": "evm", "finality_minutes": 90}}'
    settings = Settings(_env_file=None, alertmill_networks=given)

    assert 90 == configured_networks(settings)[Network.ETHEREUM].finality_minutes
