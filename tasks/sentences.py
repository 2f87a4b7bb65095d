"""Sentences for the log of a run."""

from collections.abc import Iterable, Sequence

from alertmill.training.tuning.results import Ending, TuningChoice
from alertmill.wording import counted, listing, readable


def extracted(n_alerts: int) -> str:
    """Return what the extraction brought."""
    return f"{counted(n_alerts, 'alert')} extracted."


def built(n_features: int, sizes: Iterable[tuple[str, int]]) -> str:
    """Return what was built: the number of features, and of alerts in each split."""
    sizes = list(sizes)
    splits = ", ".join(f"{split.replace('_', ' ')} {size:,}" for split, size in sizes)
    n_alerts = counted(sum(size for _, size in sizes), "alert")
    return f"{counted(n_features, 'feature')} built for {n_alerts}{': ' if splits else ''}{splits}."


def screened(n_checks: int, overruled: Sequence[str]) -> str:
    """Return what the leak checks found; a run with findings goes on only if all are overruled."""
    names = sorted(set(overruled))
    if not names:
        return f"{counted(n_checks, 'leak check')} ran and found nothing."
    whose, about = "its" if n_checks == 1 else "their", listing(names)
    return f"{counted(n_checks, 'leak check')} ran; {whose} findings about {about} are overruled."


def tuned(choice: TuningChoice, *, n_trials: int) -> str:
    """Return which search won by how much, and whether the time was up before its end."""
    best = (
        f"the {choice.best_method} search found the best hyperparameters "
        f"({readable(choice.metric)} {choice.best_value:.3f}), and "
        f"{'the defaults ship' if choice.ships_defaults else 'they ship'}"
    )
    if choice.ended_by is Ending.TRIALS:
        return f"After {counted(n_trials, 'trial')}, {best}."
    return f"The time was up after {n_trials:,} of {counted(choice.n_planned, 'trial')}; {best}."


def trained(n_trees: int) -> str:
    """Return how long the model was boosted."""
    return f"The model is trained and calibrated after {counted(n_trees, 'boosting round')}."
