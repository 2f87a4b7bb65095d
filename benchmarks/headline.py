"""The headline numbers of a run: its ranges, and what each model reaches on the test.

Prints the tables of docs/results.md; intervals of 95 % resample addresses.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from measuring import print_markdown

from alertmill.evaluation.reports import Evaluation
from alertmill.evaluation.scores import title_of
from alertmill.runs import Run

MODELS = ("model", "logistic", "rule")
POPULATIONS = ("all", "known", "new")
METRICS = ("roc_auc", "average_precision", "precision_at_budget", "recall_at_budget")


def main() -> None:
    """Print both tables, and how much there was to measure on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of an evaluated run")
    run = Run.open(parser.parse_args().run)
    print_markdown(["range", "days", "alerts", "labelled", "positive"], ranges(run.targets))
    print()
    budget = f"at {run.evaluation.review_budget} a day"
    heads = ["ROC AUC", "average precision", f"precision {budget}", f"recall {budget}"]
    print_markdown(["model", "test addresses", *heads], scores(run.evaluation))
    print()
    print(f"Measured on labelled test alerts: {', '.join(sizes(run.evaluation))}.")


def ranges(targets: pl.DataFrame) -> Iterator[list[str]]:
    """Days and alerts of training, validation and test."""
    for split in ("train", "validation", "test"):
        of_split = targets.filter(split=split)
        days, y = of_split["processing_date"].dt.to_string().sort(), of_split["y"]
        counts = (len(y), len(y) - y.null_count(), y.sum())
        yield [split, f"{days[0]} to {days[-1]}", *(f"{n:,}" for n in counts)]


def scores(evaluation: Evaluation) -> Iterator[list[str]]:
    """Metrics of this run's model and of what a team would have without it."""
    for model in MODELS:
        for population in POPULATIONS:
            found = [evaluation.get(model, m, split=f"test_{population}") for m in METRICS]
            yield [title_of(model), population, *(metric.text for metric in found)]


def sizes(evaluation: Evaluation) -> Iterator[str]:
    """Labelled alerts of each population, and the addresses that they are of."""
    positive = {size.split: size.n_positive_addresses for size in evaluation.populations}
    for population in POPULATIONS:
        found = evaluation.get("model", "roc_auc", split=f"test_{population}")
        yield (
            f"{population}: {found.n_rows:,} alerts of {found.n_addresses:,} addresses "
            f"({positive[found.split]:,} positive)"
        )


if __name__ == "__main__":
    main()
