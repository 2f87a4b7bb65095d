"""Review a published run: a finding, its resolution, an approval or a refusal."""

from typing import Any

from prefect import State, flow
from prefect.states import Completed

from alertmill.parameters import ReviewRequest
from tasks.review import enter_review


@flow(name="review", flow_run_name="{parameters.act} {parameters.run_id}")
def review(parameters: ReviewRequest) -> State[Any]:
    """Enter what a reviewer says of a run into the signed ledger, bound to the run's manifest.

    The flow run ends as ``Approval``, ``Refusal``, ``Finding`` or ``Resolution``; its message says
    how the run stands.
    """
    entered = enter_review(parameters)
    return Completed(name=entered.title, message=entered.sentence)
