"""Find a trainer by the name that a run gives: ours, or anybody's.

A trainer of one's own is a subclass of `ModelTrainer`. It may give another `objective`, or override
`fit` to choose features, weight rows or average seeds; what it returns is kept as model text and
numbers like any other model, and measured and checked the same way.
"""

from __future__ import annotations

from alertmill.errors import TrainerError
from alertmill.parameters import DEFAULT_TRAINER
from alertmill.training.models.trainer import ModelTrainer
from alertmill.training.plugins import load_registered

GROUP = "alertmill.trainers"
"""Entry points of this group are trainers."""


def find_trainer(name: str) -> type[ModelTrainer]:
    """Return the class of trainer of a name.

    Parameters
    ----------
    name : str
        ``boosted_trees``, the name of an entry point of the group ``alertmill.trainers``, or
        ``package.module:Class``.

    Raises
    ------
    UnknownNameError
        If nothing has the name, or what has it cannot be imported; the message lists what exists.
    TrainerError
        If what has the name is no subclass of `ModelTrainer`.
    """
    if name == DEFAULT_TRAINER:
        return ModelTrainer
    found = load_registered("trainer", name, group=GROUP, ours=[DEFAULT_TRAINER])
    if isinstance(found, type) and issubclass(found, ModelTrainer):
        return found
    raise TrainerError.of(name, found)
