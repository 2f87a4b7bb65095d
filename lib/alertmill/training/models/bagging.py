"""Several fits as one model text: its score is the mean of theirs.

Fits that differ in their seed alone differ in what is chance. The mean of their log-odds is a sum
of trees like any other, so it is stored, scored and explained like one: a contribution of the mean
is the mean of the contributions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count, pairwise

from alertmill.errors import ConfigurationError

_FIRST, _END = "\nTree=0\n", "\nend of trees\n"
_SCALED = ("leaf_value", "internal_value", "shrinkage")
_SIZES = re.compile(r"^tree_sizes=.*$", re.MULTILINE)
_TREE = re.compile(r"^Tree=\d+$", re.MULTILINE)


def average_texts(texts: Sequence[str]) -> str:
    """Return the model text whose log-odds are the mean of those of several texts.

    The numbers of leaves and nodes are divided by the number of texts and written with all digits
    that they have, so the mean is exact to the last bits of a float.

    Parameters
    ----------
    texts : sequence of str
        Of fits on the same features with the same objective, as LightGBM writes them; at least one.

    Raises
    ------
    ConfigurationError
        If the texts are of different features or objectives, or hold no trees.
    """
    parts = [_Parts.of(text) for text in texts]
    first = parts[0]
    if any(part.header != first.header for part in parts):
        raise ConfigurationError(
            "the models to average differ in their features or objective; expected fits that "
            "differ in their seed alone."
        )
    if len(texts) == 1:
        return texts[0]
    numbers = count()
    blocks = [
        _scaled(_TREE.sub(f"Tree={next(numbers)}", block), len(texts))
        for part in parts
        for block in part.blocks
    ]
    sizes = " ".join(str(len(block.encode())) for block in blocks)
    head = _SIZES.sub(f"tree_sizes={sizes}", first.head)
    return f"{head}\n{''.join(blocks)}{_END.lstrip()}{first.tail}"


class _Parts:
    """A model text, cut where its trees begin and end."""

    def __init__(self, head: str, blocks: list[str], tail: str) -> None:
        self.head, self.blocks, self.tail = head, blocks, tail

    @classmethod
    def of(cls, text: str) -> _Parts:
        head, begun, rest = text.partition(_FIRST)
        trees, ended, tail = rest.partition(_END)
        if not (begun and ended):
            raise ConfigurationError("a model to average holds no trees; expected LightGBM's text.")
        whole = f"Tree=0\n{trees}\n"
        starts = [match.start() for match in _TREE.finditer(whole)] + [len(whole)]
        return cls(head, [whole[a:b] for a, b in pairwise(starts)], tail)

    @property
    def header(self) -> str:
        """What texts of the same features and objective have in common."""
        own = ("tree_sizes=", "feature_infos=")
        return "\n".join(line for line in self.head.splitlines() if not line.startswith(own))


def _scaled(block: str, n_texts: int) -> str:
    return "\n".join(_scaled_line(line, n_texts) for line in block.split("\n"))


def _scaled_line(line: str, n_texts: int) -> str:
    name, is_value, values = line.partition("=")
    if not is_value or name not in _SCALED:
        return line
    return f"{name}={' '.join(repr(float(value) / n_texts) for value in values.split())}"
