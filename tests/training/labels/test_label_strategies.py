"""A label strategy is found by name, and what is none says what it lacks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from alertmill.errors import LabelStrategyError, UnknownNameError
from alertmill.parameters import LabelParameters
from alertmill.training.labels.labelling import AddressLabelStrategy
from alertmill.training.labels.strategies import GROUP, find_label_strategy
from tests.training.labels.test_labels import ByType

HERE = __name__


class WithoutMethod:
    """Has nothing that a strategy needs."""


class WithOtherSignature:
    """Asks for more than it is given."""

    def label_addresses(self, known_labels: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
        """Label by scores as well."""
        return known_labels.join(scores, on="address")


class WithArguments(ByType):
    """Cannot be made from its name alone."""

    def __init__(self, kinds: list[str]) -> None:
        self.kinds = kinds


READY = AddressLabelStrategy()


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[None]:
    """Install a distribution that registers entry points, as a wheel would."""
    info = tmp_path / "house_rules-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: house-rules\nVersion: 1.0\n")
    lines = [
        "house = tests.training.labels.test_labels:ByType",
        "broken = no_such_package:Strategy",
    ]
    (info / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines]))
    sys.path.insert(0, str(tmp_path))
    yield
    sys.path.remove(str(tmp_path))


def test_the_default_of_a_run_reads_risk_levels() -> None:
    assert AddressLabelStrategy() == find_label_strategy(LabelParameters().strategy)


def test_a_dotted_path_names_a_class_or_a_thing_made_ready() -> None:
    assert isinstance(find_label_strategy("tests.training.labels.test_labels:ByType"), ByType)
    assert find_label_strategy(f"{HERE}:READY") is READY


@pytest.mark.usefixtures("installed")
def test_an_entry_point_gives_a_strategy_its_name() -> None:
    assert isinstance(find_label_strategy("house"), ByType)


@pytest.mark.usefixtures("installed")
def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"'hause'.*broken, disposition, house, package"):
        find_label_strategy("hause")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", ["broken", "no_such_package:Strategy", f"{HERE}:Nowhere"])
def test_what_cannot_be_imported_is_unknown_and_says_why(name: str) -> None:
    with pytest.raises(UnknownNameError, match=r"address_label.*cannot be imported: .*no|attrib"):
        find_label_strategy(name)


@pytest.mark.parametrize(
    ("name", "lack"),
    [
        ("WithoutMethod", "is a WithoutMethod and lacks label_addresses"),
        ("WithOtherSignature", "has a label_addresses that cannot be called so: .*scores"),
        ("WithArguments", "cannot be made without arguments: .*kinds"),
        ("HERE", "is a str and lacks label_addresses"),
    ],
)
def test_what_is_no_strategy_says_what_it_lacks(name: str, lack: str) -> None:
    with pytest.raises(LabelStrategyError, match=rf"{HERE}:{name}' {lack}"):
        find_label_strategy(f"{HERE}:{name}")
