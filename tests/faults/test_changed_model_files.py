"""Every byte of a model is anchored: the registry knows the digest of what names all digests.

What was changed, or cannot be read, ends a comparison with a reason, and never the run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from alertmill.errors import ArtifactChangedError, UnreadableModelError
from alertmill.training.models.model import (
    CALIBRATOR_FILE,
    CANARY_FILE,
    METADATA_FILE,
    MODEL_FILE,
    digest,
)
from alertmill.training.models.model_files import MOST_BYTES
from alertmill.training.registry.registered import RegisteredModel
from alertmill.training.registry.rivals import FairTerms, admit
from tests.faults.test_corrupted_model import sound_model
from tests.training.registry.models import FIRST_TEST_DAY, PARAMETERS

pytestmark = pytest.mark.process

Change = Callable[[Path], None]


def in_metadata(**values: object) -> Change:
    """Write other values into the metadata; None takes a name out."""

    def change(folder: Path) -> None:
        path = folder / METADATA_FILE
        known = json.loads(path.read_text()) | values
        path.write_text(json.dumps({k: v for k, v in known.items() if v is not None}))

    return change


def turn_names_round(folder: Path) -> None:
    names = json.loads((folder / METADATA_FILE).read_text())["feature_names"]
    in_metadata(feature_names=names[::-1])(folder)


def calibrate_otherwise(folder: Path) -> None:
    path = folder / CALIBRATOR_FILE
    values = json.loads(path.read_text())
    path.write_text(json.dumps(values | {"slope": 3.0}))
    in_metadata(calibrator_sha256=digest(path.read_text()))(folder)


def leave_the_canary_out(folder: Path) -> None:
    calibrate_otherwise(folder)
    (folder / CANARY_FILE).unlink()
    in_metadata(canary_sha256=None)(folder)


def cut(folder: Path) -> None:
    path = folder / METADATA_FILE
    path.write_text(path.read_text()[:300])


def not_utf8(folder: Path) -> None:
    (folder / METADATA_FILE).write_bytes(b"\xff\xfe")


def a_pipe(folder: Path) -> None:
    (folder / METADATA_FILE).unlink()
    os.mkfifo(folder / METADATA_FILE)


def huge_trees(folder: Path) -> None:
    with (folder / MODEL_FILE).open("r+b") as stream:
        stream.truncate(5 * MOST_BYTES)  # takes no space


CONSISTENT = [
    calibrate_otherwise,
    leave_the_canary_out,
    in_metadata(validation_end="2020-01-01", training_end="2020-01-01"),
]
"""Changes of the metadata that agree with themselves: only the registry tells."""
UNREADABLE = [turn_names_round, cut, not_utf8, a_pipe, huge_trees, in_metadata(new_field=1)]


def registered(folder: Path, *, is_anchored: bool) -> RegisteredModel:
    """Enter the sound model, and return its row."""
    sound = sound_model()
    sound.save(folder)
    day = date(2024, 1, 1)
    anchor = digest(sound.texts()[METADATA_FILE]) if is_anchored else ""
    return RegisteredModel(
        "m", "1.0.0", "run", day, day, folder, sound.metadata.booster_sha256, anchor
    )


@pytest.mark.parametrize("change", [*CONSISTENT, *UNREADABLE])
def test_a_model_of_which_a_byte_was_changed_is_refused(tmp_path: Path, change: Change) -> None:
    model = registered(tmp_path, is_anchored=True)
    change(tmp_path)

    with pytest.raises((ArtifactChangedError, UnreadableModelError)) as raised:
        model.open()

    assert str(tmp_path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("change", UNREADABLE)
def test_a_model_that_cannot_be_read_is_refused_also_without_the_registry(
    tmp_path: Path, change: Change
) -> None:
    model = registered(tmp_path, is_anchored=False)
    change(tmp_path)

    with pytest.raises(UnreadableModelError, match="cannot be read"):
        model.open()


@pytest.mark.parametrize("change", [*CONSISTENT, *UNREADABLE])
def test_the_comparison_ends_with_a_reason_and_the_run_goes_on(
    tmp_path: Path, change: Change
) -> None:
    model = registered(tmp_path, is_anchored=True)
    change(tmp_path)

    admission = admit(model, FairTerms(PARAMETERS, sound_model(), FIRST_TEST_DAY))

    assert admission.model is None
    assert str(tmp_path) in admission.reason


def test_the_untouched_model_is_opened(tmp_path: Path) -> None:
    assert sound_model() == registered(tmp_path, is_anchored=True).open()
