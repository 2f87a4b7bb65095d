"""What a verification found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Deviation:
    """Something that is not as it was signed."""

    place: str
    """File, folder or entry, relative to the runs folder."""
    text: str

    @property
    def sentence(self) -> str:
        """One line for a reader."""
        return f"{self.place}: {self.text}"
