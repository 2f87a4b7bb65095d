"""Score the alerts of new and corrected snapshots, for the people who review them."""

from prefect import State, flow

from alertmill.errors import AlertmillError
from alertmill.parameters import ScoringParameters
from tasks.scoring import concluded, name_of_run, report_scores, score_snapshots, stopped

TIMEOUT_SECONDS = 12 * 3600
"""A run that takes longer hangs; it would hold the database for ever."""


@flow(name="scoring", flow_run_name=name_of_run, timeout_seconds=TIMEOUT_SECONDS)
def scoring(parameters: ScoringParameters) -> State[int]:
    """Score every day of the range that was never scored, or whose snapshot was corrected.

    The result is the number of scores. Without a champion nothing is scored, and the run ends as
    ``No champion``.
    """
    try:
        scored = score_snapshots(parameters)
        report_scores(scored)
        return concluded(scored)
    except AlertmillError as error:
        return stopped(error)
