"""What the coded checks said of a run, as written to its folder."""

from __future__ import annotations

from enum import StrEnum

import polars as pl
from pydantic import Field

from alertmill.frozen_model import FrozenModel

Cell = str | int | float | None


class CheckState(StrEnum):
    """How a check ended."""

    ISSUE = "issue"
    """Something is wrong, or cannot be told though it must be."""
    TIP = "tip"
    """Nothing is wrong, but somebody should know or could do better."""
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"


class Evidence(FrozenModel):
    """A small table: what the check has seen."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Evidence:
        """Keep a frame; dates become text."""
        plain = frame.with_columns((pl.selectors.temporal() | pl.selectors.enum()).cast(pl.String))
        return cls(columns=tuple(plain.columns), rows=tuple(plain.rows()))

    @property
    def frame(self) -> pl.DataFrame:
        """The table as a frame."""
        return pl.DataFrame(list(self.rows), schema=list(self.columns), orient="row")


class CheckResult(FrozenModel):
    """What one check said."""

    code: str = Field(pattern=r"^AM\d{3}$", description="Stays the same from version to version.")
    title: str
    looks_at: str = Field(description="What the check compares with what.")
    is_blocking: bool = Field(description="Whether an issue keeps the model from being promoted.")
    state: CheckState
    told: str = Field(description="What was found; of a check that does not apply, why not.")
    advice: str = Field(description="What to do about an issue or a tip; else empty.")
    evidence: Evidence = Evidence()
    muted_because: str = Field("", description="Why nobody needs to act on it; empty if one does.")

    @property
    def needs_attention(self) -> bool:
        """True if it is an issue that was not muted."""
        return self.state is CheckState.ISSUE and not self.muted_because


class CheckReport(FrozenModel):
    """What all checks said of a run, in the order of their codes."""

    champion_id: str | None = Field(description="The champion that the model was judged against.")
    results: tuple[CheckResult, ...]

    @property
    def blocking(self) -> tuple[CheckResult, ...]:
        """Issues that keep the model from being promoted."""
        return tuple(r for r in self.results if r.is_blocking and r.needs_attention)

    @property
    def is_open(self) -> bool:
        """True if the gate is open: no blocking issue stands."""
        return not self.blocking

    @property
    def reason(self) -> str:
        """What speaks against the model, or that nothing does."""
        told = [f"{result.code} {result.title}: {result.told}" for result in self.blocking]
        muted = [r.code for r in self.results if r.is_blocking and r.muted_because]
        kept = f" ({', '.join(muted)} muted)" if muted else ""
        return "; ".join(told) or f"no blocking check found an issue{kept}"

    def of_state(self, state: CheckState) -> tuple[CheckResult, ...]:
        """Return the results of one state, muted ones last."""
        found = [result for result in self.results if result.state is state]
        return tuple(sorted(found, key=lambda result: bool(result.muted_because)))

    @property
    def table(self) -> pl.DataFrame:
        """One row per check: code, check, state, found, what to do; what needs a person first."""
        order = list(CheckState)
        ordered = sorted(
            self.results, key=lambda r: (order.index(r.state), bool(r.muted_because), r.code)
        )
        rows = [
            (
                result.code,
                result.title,
                f"{result.state.value}, muted" if result.muted_because else result.state.value,
                result.told,
                result.muted_because or result.advice,
                "yes" if result.is_blocking else "no",
            )
            for result in ordered
        ]
        columns = (
            "code",
            "check",
            "state",
            "found",
            "what to do, or why not",
            "blocks a promotion",
        )
        return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
