"""A retry by the automation that comes late does not wake a run that has ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prefect.client.schemas.objects import State, StateType

from alertmill.orchestration.recovery_rules import RETRY_MESSAGE, RETRY_STATE
from alertmill.orchestration.sole_run import end_before_late_retry

START = datetime(2024, 1, 1, tzinfo=UTC)


def history(*names: str) -> list[State]:
    """States of a flow run, the newest first; a name in capitals is a type."""
    types = {"Retry": StateType.SCHEDULED, "Late": StateType.SCHEDULED, "Kept": StateType.COMPLETED}
    states = [
        State(
            type=types.get(name) or StateType[name.upper()],
            name=RETRY_STATE if name == "Retry" else name,
            message=RETRY_MESSAGE if name == "Retry" else f"as {name}",
            timestamp=START + timedelta(minutes=number),
        )
        for number, name in enumerate(names)
    ]
    return states[::-1]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), None),
        (("Running",), None),
        (("Running", "Crashed", "Scheduled", "Running"), None),
        (("Running", "Crashed", "Retry", "Pending", "Running"), None),
        (("Crashed", "Retry", "Running", "Kept", "Retry", "Running"), "Kept"),
        (("Crashed", "Scheduled", "Running", "Failed", "Retry", "Running"), "Failed"),
        (("Crashed", "Retry", "Running", "Cancelled", "Retry", "Running"), "Cancelled"),
        (("Crashed", "Retry", "Running", "Retry", "Pending", "Running"), None),
        (("Crashed", "Retry", "Kept", "Retry", "Late", "Pending", "Running"), "Kept"),
        (
            ("Crashed", "Retry", "Failed", "Retry", "Running", "Failed", "Scheduled", "Running"),
            None,
        ),
    ],
)
def test_a_run_ends_as_before_if_it_had_ended_when_the_retry_came(
    names: tuple[str, ...], expected: str | None
) -> None:
    state = end_before_late_retry(history(*names))

    assert expected == (state and state.name)
    assert (f"as {expected}" if expected else None) == (state and state.message)
