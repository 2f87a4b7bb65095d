"""The helpers for quick looks: a cell shows each figure that it draws, once and in order."""

from __future__ import annotations

import pytest

from tests.support.notebook_sessions import figures_in, run_session

pytestmark = pytest.mark.slow

SETUP = """
import matplotlib.pyplot as plt
from notebook_utils import plot_metric_comparison as plot, setup_plotting
setup_plotting()
one, two = {"AUC": 0.1}, {"AUC": 0.2}
"""
CELLS = {
    'plot(one, "first")\nplot(two, "second")': ["first", "second"],
    'figure = plot(one, "kept")': ["kept"],
    "figure": ["kept"],
    'display(plot(one, "displayed"))\nplot(two, "last")': ["displayed", "last"],
    'for title in "ab":\n    plot(one, title)': ["a", "b"],
    'setup_plotting()\nplot(one, "semicolon");': ["semicolon"],
    'plt.figure().suptitle("of pyplot");': ["of pyplot"],
    'plot(one, "after pyplot")\nplot(two, "and last")': ["after pyplot", "and last"],
    "1 + 1": [],
}


def test_a_cell_shows_each_of_its_figures_once() -> None:
    _, *outputs = run_session(SETUP, *CELLS)

    assert [figures_in(found) for found in outputs] == list(CELLS.values())
