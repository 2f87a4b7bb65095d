"""Options that say how files of transfers and labels are read, each defined once."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
MaxRowsOption = Annotated[
    int, typer.Option(min=1, help="Rows that a file, or all files of a folder, may hold.")
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


@dataclass(frozen=True)
class TransferChoices:
    """How a transfers file is read, as the command line says; its fields are options."""

    columns: ColumnsOption = None
    time_unit: TimeUnitOption = None
    amount_decimals: Annotated[
        int | None,
        typer.Option(help="Digits behind the point, of amounts in the smallest unit: 18 for wei."),
    ] = None
    constant_price_usd: Annotated[
        float | None,
        typer.Option(help="USD per native unit, more than 0, for a file without amount_usd."),
    ] = None
    prices: Annotated[
        Path | None,
        typer.Option(help="File of prices: asset_symbol, asset_contract, price_date, price_usd."),
    ] = None
    assets: Annotated[
        Path | None,
        typer.Option(help="File of assets: asset_contract, asset_symbol, decimals."),
    ] = None

    def options(self, policy: FileOptions) -> FileOptions:
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
            mapping=mapping_of(self.columns, known),
            time_unit=named_unit(self.time_unit),
            amount_decimals=self.amount_decimals,
            constant_price_usd=self.constant_price_usd,
            prices=self.prices,
            assets=self.assets,
        )


@dataclass(frozen=True)
class FieldOption:
    """A field of a class of choices as an option of a command."""

    signature: inspect.Parameter


TRANSFER_CHOICES = tuple(
    FieldOption(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    for parameter in inspect.signature(TransferChoices, eval_str=True).parameters.values()
)
"""To be put in the place of the ``**given`` of a command."""


def label_options(
    policy: FileOptions, *, columns: str | None, time_unit: str | None
) -> FileOptions:
    """Return the options of a labels file; raises as `TransferChoices.options` does."""
    from alertmill.snapshots.files.columns import label_columns
    from alertmill.snapshots.files.mappings import mapping_of
    from alertmill.snapshots.files.options import named_unit

    return replace(
        policy,
        mapping=mapping_of(columns, [column.name for column in label_columns()]),
        time_unit=named_unit(time_unit),
    )
