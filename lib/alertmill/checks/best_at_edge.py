"""AM009: whether the search ended at a wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.checks.check import Check, Verdict, passed, tip
from alertmill.tables.searches import best_choice

if TYPE_CHECKING:
    from alertmill.runs import Run


class BestAtEdge(Check):
    """What is best at the edge may be better beyond it."""

    code = "AM009"
    title = "best hyperparameter at the edge of its search range"
    looks_at = "where the chosen hyperparameters lie in the space that was searched"
    advice = (
        "Widen the range of that hyperparameter and search again, if AM008 shows a gain at all."
    )

    def look(self, run: Run) -> Verdict:
        """Return the names of the hyperparameters within 3 % of an end of their range."""
        if run.tuning.choice.ships_defaults:
            return passed("the default hyperparameters ship, wherever the best trial lies")
        choice = best_choice(run.tuning)
        evidence = choice.select("hyperparameter", "low", "high", "default", "chosen", "note")
        edges = choice.filter(choice["note"] != "")
        if edges.is_empty():
            return passed(f"all {choice.height} lie inside their ranges", evidence)
        named = edges.select("hyperparameter", "chosen", "note").rows()
        told = (f"{name.replace('_', ' ')} {value:.3g} {note}" for name, value, note in named)
        return tip(", ".join(told), evidence)
