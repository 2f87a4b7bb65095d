"""A short view of an object: a line of text in a terminal, a small table in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape


class Card:
    """Shows what a reader asks first of an object, and never the whole of it.

    A subclass says what that is in `facts`. A data class needs ``repr=False`` beside it.
    """

    def facts(self) -> Mapping[str, object]:
        """Return what is shown, by name, the most telling first; every value fits on a line."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """Return the facts in one line."""
        listed = ", ".join(f"{name}: {value}" for name, value in self.facts().items())
        return f"{type(self).__name__}({listed})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(str(value))}</td></tr>'
            for name, value in self.facts().items()
        )
        caption = escape(type(self).__name__)
        return f'<table class="alertmill"><caption>{caption}</caption><tbody>{rows}</tbody></table>'
