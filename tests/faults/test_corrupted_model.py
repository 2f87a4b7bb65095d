"""A changed model is refused, whatever it does to LightGBM, and the process that reads it lives on.

Who rewrites the text, its digest in the metadata and the registry's entry is not found out by
digests; what is left then is the first load in a child, and the canary.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from alertmill.errors import (
    ArtifactChangedError,
    CanaryScoresError,
    ModelLoadFailedError,
    ModelLoadTimeoutError,
    UnsafeModelError,
)
from alertmill.training.models.model import METADATA_FILE, MODEL_FILE, AlertModel, digest
from alertmill.training.models.trainer import ModelTrainer
from alertmill.training.registry.first_load import try_first
from alertmill.training.registry.registered import RegisteredModel
from tests.training.labelled_rows import make_rows, rows_between

pytestmark = pytest.mark.process

N_MUTATIONS = 400
N_PARTS = 8
SECONDS = 20


@cache
def sound_model() -> AlertModel:
    rows = make_rows(n_addresses=120)
    return (
        ModelTrainer(n_threads=1).fit(rows_between(rows, 0, 15), rows_between(rows, 20, 29)).model
    )


def mutated(content: bytes, draw: random.Random) -> bytes:
    """Flip a bit, cut the end off, or write over three characters."""
    position = draw.randrange(len(content))
    how = draw.randrange(3)
    if how == 0:
        flipped = content[position] ^ (1 << draw.randrange(7))  # stays ASCII, so text
        return content[:position] + bytes([flipped]) + content[position + 1 :]
    if how == 1:
        return content[:position]
    position = min(position, len(content) - 3)
    written = bytes(draw.choice(b"0123456789-.=e \n") for _ in range(3))
    return content[:position] + written + content[position + 3 :]


def mutations(*, seed: int, n: int) -> list[str]:
    """Texts that differ from the sound one."""
    content = sound_model().booster_text.encode()
    draw = random.Random(seed)  # noqa: S311 - of tests
    drawn = (mutated(content, draw) for _ in range(2 * n))
    return [text.decode() for text in drawn if text != content][:n]


def with_text(text: str) -> AlertModel:
    """Return the model as someone leaves it who changes the trees and makes their digest match."""
    sound = sound_model()
    metadata = sound.metadata.model_copy(update={"booster_sha256": digest(text)})
    return replace(sound, booster_text=text, metadata=metadata)


def entered(folder: Path, sha256: str) -> RegisteredModel:
    day = date(2024, 1, 1)
    return RegisteredModel("m", "1.0.0", "run", day, day, folder, sha256)


def test_trees_that_no_longer_fit_their_digest_are_never_read(tmp_path: Path) -> None:
    sound_model().save(tmp_path)

    for text in mutations(seed=1, n=N_MUTATIONS):
        (tmp_path / MODEL_FILE).write_bytes(text.encode())
        with pytest.raises(ArtifactChangedError, match=MODEL_FILE):
            AlertModel.load(tmp_path)


def test_a_digest_rewritten_in_the_metadata_does_not_fit_the_registry(tmp_path: Path) -> None:
    registered = entered(tmp_path, sound_model().metadata.booster_sha256)
    sound_model().save(tmp_path)

    for text in mutations(seed=2, n=N_MUTATIONS):
        metadata = json.loads((tmp_path / METADATA_FILE).read_text())
        (tmp_path / MODEL_FILE).write_bytes(text.encode())
        (tmp_path / METADATA_FILE).write_text(
            json.dumps(metadata | {"booster_sha256": digest(text)})
        )
        with pytest.raises(ArtifactChangedError, match=registered.model_sha256):
            registered.open()


def test_a_registered_model_is_tried_in_a_child_once(tmp_path: Path) -> None:
    sound_model().save(tmp_path)

    opened = entered(tmp_path, sound_model().metadata.booster_sha256).open()

    assert sound_model() == opened
    # Another child could not start in no time.
    try_first(opened, timeout_seconds=0)


def test_a_model_that_ends_the_process_ends_the_child_alone() -> None:
    text = sound_model().booster_text
    cut = text[: text.index("leaf_value=") + 30]

    with pytest.raises(ModelLoadFailedError, match=r"died of SIG|refused it"):
        try_first(with_text(cut))


def test_a_model_that_cannot_be_read_in_time_is_given_up() -> None:
    with pytest.raises(ModelLoadTimeoutError, match=r"not read within 0\.01 s"):
        try_first(with_text(sound_model().booster_text + "\n"), timeout_seconds=0.01)


def test_trees_that_score_otherwise_are_told_by_the_canary() -> None:
    # Of the same length: the text says how long each tree is.
    text = re.sub(
        "leaf_value=.*", lambda line: line[0].replace("1", "7"), sound_model().booster_text
    )

    with pytest.raises(CanaryScoresError, match=r"row \d of its canary\.json"):
        try_first(with_text(text))


@pytest.mark.heavy
@pytest.mark.parametrize("part", range(N_PARTS))
def test_of_trees_rewritten_with_every_digest_none_ends_this_process(part: int) -> None:
    X = make_rows(n_addresses=120).X
    expected = sound_model().predict(X)
    endings: Counter[str] = Counter()

    for text in mutations(seed=100 + part, n=N_MUTATIONS // N_PARTS):
        model = with_text(text)
        try:
            try_first(model, timeout_seconds=SECONDS)
        except UnsafeModelError as error:
            endings[type(error).__name__] += 1
        else:
            same = np.array_equal(expected, model.predict(X))
            endings["same scores" if same else "others off the canary"] += 1

    print(dict(endings))  # noqa: T201 - the numbers in docs/decisions/0011-model-storage.md
    assert N_MUTATIONS // N_PARTS == endings.total()
