"""Enter what a reviewer says of a run."""

from prefect import get_run_logger, task

from alertmill.audit.ledger import SignedLedger
from alertmill.audit.remembered import remember_entries
from alertmill.errors import AlertmillError
from alertmill.parameters import ReviewRequest
from alertmill.reporting.reviewing import EnteredReview, carry_out_review
from alertmill.reviews import ReviewTerms
from alertmill.settings import Settings
from tasks.database import client_of


@task(task_run_name="{request.act} {request.run_id}")
def enter_review(request: ReviewRequest) -> EnteredReview:
    """Sign a finding, its resolution, an approval or a refusal.

    Where the database cannot be opened, the entry stands all the same, and the next run copies it.
    """
    settings = Settings()
    signed = SignedLedger.of(settings)
    entered = carry_out_review(request, signed, ReviewTerms.of(settings))
    get_run_logger().info("%s: %s", entered.title, entered.sentence)
    try:
        with client_of(request.network) as client:
            remember_entries(client, signed, request.network)
    except AlertmillError as error:
        get_run_logger().warning("The database does not remember the entry yet: %s", error)
    return entered
