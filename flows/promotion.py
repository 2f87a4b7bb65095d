"""Promote or reject a registered model, by a person's decision."""

from typing import Any

from prefect import State, flow
from prefect.states import Completed

from alertmill.parameters import PromotionRequest
from tasks.promotion import enter_decision


@flow(name="promotion", flow_run_name="{parameters.decision} {parameters.model_id}")
def promotion(parameters: PromotionRequest) -> State[Any]:
    """Make a model the champion, or reject it; the decision is kept with name and reason.

    The flow run ends as ``Promoted`` or ``Rejected``.
    """
    verdict = enter_decision(parameters)
    return Completed(name=verdict.title, message=f"{verdict.model_id}: {verdict.sentence}")
