"""Parts of the alerts that a model may serve better or worse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from alertmill.vocabulary import Severity

SEGMENT_COLUMNS = ("typology_type", "severity", "suspected_address_type", "volume_band", "month")
VOLUME_BANDS_USD = (1_000, 10_000, 100_000)
VOLUME_BAND_NAMES = (
    "below 1,000 USD",
    "1,000 to 10,000 USD",
    "10,000 to 100,000 USD",
    "100,000 USD and more",
)


def with_volume_band(predictions: pl.DataFrame) -> pl.DataFrame:
    """Add volume_band, from volume_usd where that is there; a bound belongs to the band above."""
    if "volume_usd" not in predictions.columns:
        return predictions
    reached = pl.sum_horizontal(pl.col("volume_usd") >= bound for bound in VOLUME_BANDS_USD)
    names = dict(enumerate(VOLUME_BAND_NAMES))
    band = reached.cast(pl.Int64).replace_strict(names, return_dtype=pl.String)
    return predictions.with_columns(
        pl.when(pl.col("volume_usd").is_not_null()).then(band).alias("volume_band")
    )


def segment_of(predictions: pl.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    """Every value of every segment column with the mask of its alerts, as ``column=value``.

    Severities, volume bands and months rise, other values come in alphabetical order; alerts
    without a value belong to no segment.
    """
    frame = with_volume_band(predictions).with_columns(
        month=pl.col("processing_date").dt.strftime("%Y-%m")
    )
    for column in SEGMENT_COLUMNS:
        if column in frame.columns:
            values = frame[column].cast(pl.String)
            for value in sorted(values.drop_nulls().unique(), key=_place):
                yield f"{column}={value}", (values == value).fill_null(value=False).to_numpy()


def _place(value: str) -> tuple[int, str]:
    rising = (*Severity, *VOLUME_BAND_NAMES)
    return (rising.index(value) if value in rising else 0, value)
