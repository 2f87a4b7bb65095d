"""Labelled rows in the shape that boosting takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alertmill.errors import ConfigurationError, MissingColumnsError
from alertmill.training.data.arguments import check_columns
from alertmill.training.data.inputs import check_category_codes, to_matrix
from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.boosting import FoldDatasets


def datasets_of(
    train: LabelledRows,
    validation: LabelledRows | None,
    categorical: Sequence[str],
    *,
    max_bin: int,
    is_grouped: bool = False,
) -> FoldDatasets:
    """Bin training rows, and validation rows where there are any, once for any number of fits.

    Parameters
    ----------
    is_grouped : bool
        Whether the rows of a processing date are ranked against each other only.

    Raises
    ------
    MissingColumnsError
        If rows that are to be grouped have no processing_date.
    ConfigurationError
        If the rows of a date do not lie one after the other.
    UnknownNameError
        If ``categorical`` names no column.
    WrongTypeError
        If a category has no such code.
    """
    names = train.X.columns
    codes = check_columns("categorical", categorical, names)
    parts = [train] if validation is None else [train, validation]
    matrices = [to_matrix(part.X, names) for part in parts]
    for matrix in matrices:
        check_category_codes(matrix, names, codes)
    return FoldDatasets(
        matrices[0],
        train.y,
        train.weight,
        None if validation is None else matrices[1],
        None if validation is None else validation.y,
        names=names,
        categorical=codes,
        max_bin=max_bin,
        groups=_groups_of(train, validation) if is_grouped else None,
    )


def _groups_of(
    train: LabelledRows, validation: LabelledRows | None
) -> tuple[np.ndarray, np.ndarray | None]:
    return _group_sizes(train), None if validation is None else _group_sizes(validation)


def _group_sizes(rows: LabelledRows) -> np.ndarray:
    if "processing_date" not in rows.keys.columns:
        raise MissingColumnsError.of("the keys", ["processing_date"], rows.keys.columns)
    lengths = rows.keys["processing_date"].rle().struct.unnest()
    if lengths["value"].n_unique() < lengths.height:
        raise ConfigurationError(
            "the rows of a processing date do not lie one after the other, as ranking within a "
            "snapshot needs them; sort the rows by processing_date."
        )
    return lengths["len"].to_numpy()
