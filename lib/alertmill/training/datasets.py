"""Labelled rows in the shape that boosting takes."""

from __future__ import annotations

from collections.abc import Sequence

from alertmill.training.boosting import FoldDatasets
from alertmill.training.models import to_matrix
from alertmill.training.rows import LabelledRows


def datasets_of(
    train: LabelledRows, validation: LabelledRows, categorical: Sequence[str], *, max_bin: int
) -> FoldDatasets:
    """Bin a pair of training and validation rows once, for any number of fits."""
    names = train.X.columns
    return FoldDatasets(
        to_matrix(train.X, names),
        train.y,
        train.weight,
        to_matrix(validation.X, names),
        validation.y,
        names=names,
        categorical=[name for name in names if name in set(categorical)],
        max_bin=max_bin,
    )
