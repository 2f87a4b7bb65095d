"""Figures as notebooks show them: one style, one PNG each, with the title as alternative text."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from alertmill.plotting.style import STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PNG_DPI = 192
"""Twice the 96 of a page: sharp on screens of two dots a pixel, and in print."""
_COLORS = 128
"""Our figures have few: a palette makes a report's page a third of the size."""


def register_figures(shell: Any) -> None:  # noqa: ANN401 - IPython's shell, which the library does not import
    """Make a notebook show every figure in our style with its title as alternative text.

    Parameters
    ----------
    shell : InteractiveShell
        What ``get_ipython()`` gives. Call it after ``%matplotlib inline``, whose own way of showing
        figures, without alternative text, this replaces.
    """
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    rcParams.update(STYLE)
    shell.display_formatter.formatters["image/png"].for_type(Figure, _as_output)


class CellFigures:
    """Shows the figures of a notebook cell in the order in which they are drawn, each once.

    A notebook shows the value of a cell's last expression alone. Here a figure that nothing has
    shown yet is shown when the next one is drawn, or else at the end of the cell.
    """

    def __init__(self) -> None:
        self._shell: Any = None
        self._waiting: Figure | None = None

    def attach(self, shell: Any) -> None:  # noqa: ANN401 - IPython's shell
        """Show the figures in this shell from now on; call it after `register_figures`.

        Parameters
        ----------
        shell : InteractiveShell
            What ``get_ipython()`` returns.
        """
        from matplotlib.figure import Figure

        self._shell = shell
        formatter = shell.display_formatter.formatters["image/png"]
        formatter.for_type(Figure, partial(self._as_shown, formatter.for_type(Figure)))
        shell.events.register("post_run_cell", self._end_cell)

    def add(self, figure: Figure) -> None:
        """Show the figure in the cell that drew it; without a shell, do nothing."""
        if self._shell is not None:
            self._show()
            self._waiting = figure

    def _as_shown(self, render: Callable[[Figure], object], figure: Figure) -> object:
        if figure is self._waiting:
            self._waiting = None
        return render(figure)

    def _end_cell(self, result: object) -> None:
        del result
        self._show()

    def _show(self) -> None:
        from IPython.display import display

        figure, self._waiting = self._waiting, None
        if figure is not None:
            display(figure)  # type: ignore[no-untyped-call]


def render_png(figure: Figure) -> bytes:
    """Draw a figure as a PNG with a palette; the same figure gives the same bytes."""
    from matplotlib import rc_context
    from PIL import Image

    buffer = BytesIO()
    with rc_context(STYLE):
        figure.savefig(
            buffer,
            format="png",
            dpi=_PNG_DPI,
            bbox_inches="tight",
            pad_inches=0.12,
            pil_kwargs={"compress_level": 1},  # it is packed for good below
        )
    picture = Image.open(buffer).convert("RGB")
    smaller = BytesIO()
    drawn = picture.quantize(_COLORS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = np.array(drawn.getpalette())
    paper = 3 * np.asarray(drawn)[0, 0]
    palette[paper : paper + 3] = 255  # it is mixed with near whites, which shows on a white page
    drawn.putpalette(palette.tolist())
    drawn.save(smaller, "png", dpi=(_PNG_DPI, _PNG_DPI))
    return smaller.getvalue()


def alternative_text(figure: Figure) -> str:
    """Return the title of a figure, or of its first panel, in one line."""
    titles = [
        figure.get_suptitle(),
        *(ax.get_title(loc) for ax in figure.axes for loc in ("left", "center")),
    ]
    return " ".join(next((title for title in titles if title), "").split())


def _as_output(figure: Figure) -> tuple[str, dict[str, str]]:
    png = base64.b64encode(render_png(figure)).decode("ascii")
    return png, {"alt": alternative_text(figure)}
