"""igraph without its drawing.

igraph imports matplotlib if it can, to draw graphs. That takes four fifths of the second of its
import, and nothing here draws. A program that draws graphs with igraph imports matplotlib first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["igraph"]


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Let a module that is not loaded be missing in the block, as if it were not installed."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # the documented way to block an import
    try:
        yield
    finally:
        del sys.modules[module]


with _without("matplotlib"):
    import igraph
