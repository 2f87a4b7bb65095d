"""Options that say how a file of transfers or labels is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from alertmill.snapshots.files.options import FileOptions

ColumnsOption = Annotated[
    str | None,
    typer.Option(
        metavar="MAPPING",
        help="Names of the columns: pairs such as from=from_address,to=to_address, a JSON or TOML "
        "file, or a ready mapping: token-transfers, ethereum-transactions, etherscan, "
        "etherscan-tokens, upstream.",
    ),
]
TimeUnitOption = Annotated[
    str | None,
    typer.Option(
        metavar="s|ms|us|ns", help="Unit of times that are numbers; milliseconds if absent."
    ),
]
DecimalsOption = Annotated[
    int | None,
    typer.Option(help="Digits behind the point, of amounts in the smallest unit: 18 for wei."),
]
PriceOption = Annotated[
    float | None,
    typer.Option(help="USD per native unit, more than 0, for a file without amount_usd."),
]
PricesOption = Annotated[
    Path | None,
    typer.Option(help="File of prices: asset_symbol, asset_contract, price_date, price_usd."),
]
AssetsOption = Annotated[
    Path | None,
    typer.Option(help="File of assets: asset_contract, asset_symbol, decimals."),
]
SetAsideOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="unpriced|amount|address",
        help="Reason for which rows are set aside instead of stopping the load; may be given "
        "several times.",
    ),
]
SetAsideShareOption = Annotated[
    float, typer.Option(help="Share of set aside rows above which the load stops.")
]
MaxRowsOption = Annotated[
    int, typer.Option(min=1, help="Rows that a file, or all files of a folder, may hold.")
]
NothingOption = Annotated[
    bool,
    typer.Option(
        "--replace-with-nothing",
        help="Load a file without rows, or without any in the range of the snapshots.",
    ),
]


def row_policy(
    *, set_aside: Sequence[str] = (), max_set_aside_share: float = 0.01, max_rows: int = 20_000_000
) -> FileOptions:
    """Return options that say only how many rows are read, and which may be set aside.

    Raises
    ------
    UnknownNameError
        If a reason is none.
    """
    from alertmill.snapshots.files.limits import Limits
    from alertmill.snapshots.files.options import FileOptions, named_reasons

    return FileOptions(
        set_aside=named_reasons(set_aside),
        max_set_aside_share=max_set_aside_share,
        limits=Limits(max_rows=max_rows),
    )


def transfer_options(  # noqa: PLR0913 - one for each option of the command
    policy: FileOptions,
    *,
    columns: str | None,
    time_unit: str | None,
    amount_decimals: int | None,
    constant_price_usd: float | None,
    prices: Path | None,
    assets: Path | None,
) -> FileOptions:
    """Return the options of a transfers file.

    Raises
    ------
    UnknownNameError
        If a unit is none.
    ConfigurationError
        If the mapping is none.
    """
    from alertmill.snapshots.files.columns import transfer_columns
    from alertmill.snapshots.files.mappings import mapping_of
    from alertmill.snapshots.files.options import named_unit

    known = [*(column.name for column in transfer_columns()), "amount_usd"]
    return replace(
        policy,
        mapping=mapping_of(columns, known),
        time_unit=named_unit(time_unit),
        amount_decimals=amount_decimals,
        constant_price_usd=constant_price_usd,
        prices=prices,
        assets=assets,
    )


def label_options(
    policy: FileOptions, *, columns: str | None, time_unit: str | None
) -> FileOptions:
    """Return the options of a labels file; raises as `transfer_options` does."""
    from alertmill.snapshots.files.columns import label_columns
    from alertmill.snapshots.files.mappings import mapping_of
    from alertmill.snapshots.files.options import named_unit

    return replace(
        policy,
        mapping=mapping_of(columns, [column.name for column in label_columns()]),
        time_unit=named_unit(time_unit),
    )
