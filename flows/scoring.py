"""Score the alerts of new and corrected snapshots, for the people who review them."""

from prefect import State, flow

from alertmill.errors import AlertmillError
from alertmill.parameters import ScoringParameters
from tasks.scoring import (
    concluded,
    name_of_run,
    report_queue,
    report_scores,
    score_snapshots,
    unreported,
    unscored,
)

TIMEOUT_SECONDS = 12 * 3600
"""A run that takes longer hangs; it would hold the database for ever."""


@flow(name="scoring", flow_run_name=name_of_run, timeout_seconds=TIMEOUT_SECONDS)
def scoring(parameters: ScoringParameters) -> State[int]:
    """Score every day of the range that was never scored, or whose snapshot was corrected.

    The result is the number of scores. Without a champion nothing is scored, and the run ends as
    ``No champion``. The report of the latest scored day is made afterwards: one that fails fails
    the run, and leaves the scores where they are.
    """
    try:
        scored = score_snapshots(parameters)
        report_scores(scored)
    except AlertmillError as error:
        return unscored(error)
    try:
        page = report_queue(scored, parameters)
    except Exception as error:  # noqa: BLE001 - whatever it is, the scores are there
        return unreported(scored, error)
    return concluded(scored, page)
