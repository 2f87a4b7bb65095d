"""Parameters of an ingestion of snapshot folders."""

from __future__ import annotations

from pydantic import Field

from alertmill.parameters.section import Section
from alertmill.vocabulary import Network


class IngestionParameters(Section):
    """Which snapshot folders one ingestion looks for."""

    network: Network = Field(description="Blockchain whose snapshots are loaded.")
    url: str = Field(
        min_length=1,
        description="Folder or fsspec URL, such as s3://bucket/snapshots, at or below which the "
        "snapshot folders lie.",
    )
    labels: str | None = Field(
        None,
        description="Parquet file of address labels, a path or a URL. Not set: address-labels "
        "beside snapshots.",
    )
    constant_price_usd: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="USD per native unit, more than 0, for transfers that come without any price.",
    )
