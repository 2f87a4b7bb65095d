"""What the server refuses before it makes a run, and the page on which people fill in the form."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from alertmill.parameters import TrainingRequest
from tests.orchestration.deployed import Deployed
from tests.support.chromium import chromium
from tests.test_form import REFUSED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_PARKED = {"type": "PAUSED"}
"""State of runs that are made to see whether they can be made."""
_SECONDS = 120_000


@pytest.mark.parametrize(("fields", "path", "reason"), REFUSED)
def test_a_run_that_cannot_work_is_refused_before_it_is_made(
    deployed: Deployed, fields: dict[str, Any], path: str, reason: str
) -> None:
    before = len(deployed.runs_of("training"))

    answer = deployed.create_run("training", {"network": "ethereum", **fields}, state=_PARKED)

    assert 409 == answer.status_code, answer.text
    assert f"'parameters{'.' if path else ''}{path}'" in answer.json()["detail"]
    assert reason in answer.json()["detail"]
    assert before == len(deployed.runs_of("training"))


def test_a_run_with_changed_parameters_is_made(deployed: Deployed) -> None:
    changed = {"network": "ethereum", "start_date": "2024-01-05", "end_date": "2024-02-29"}

    answer = deployed.create_run("training", {**changed, "review_budget": 5}, state=_PARKED)

    assert 201 == answer.status_code, answer.text


def test_a_promotion_without_a_reason_is_refused(deployed: Deployed) -> None:
    asked = {"network": "ethereum", "model_id": "m", "decision": "promote", "actor": "me"}

    answer = deployed.create_run("promotion", {**asked, "reason": ""}, state=_PARKED)

    assert 409 == answer.status_code, answer.text
    assert "parameters.reason" in answer.json()["detail"]


# --- the page ---------------------------------------------------------------------------------


class Form:
    """The form of the training on Prefect's page."""

    def __init__(self, page: Page, deployed: Deployed) -> None:
        self.page = page
        page.set_default_timeout(_SECONDS)
        site = deployed.api.removesuffix("/api")
        page.goto(f"{site}/v2/deployments/deployment/{deployed.ids['training']}/run")
        page.get_by_text("Network").first.wait_for(timeout=_SECONDS)

    def view(self, name: str) -> None:
        """Switch the whole form to another view, such as Use JSON Input."""
        self.page.get_by_role("button", name="Open menu").first.click()
        self.page.get_by_role("menuitem", name=name).click()
        self.page.get_by_role("menuitem", name=name).wait_for(state="detached")

    def write(self, place: int, text: str) -> None:
        """Replace the text of one of the boxes for reasons, which are edited as JSON."""
        box = self.page.locator(".cm-content").nth(place)
        box.click()
        expect(box).to_be_focused(timeout=_SECONDS)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)
        expect(box).to_have_text(text, timeout=_SECONDS)

    def start_later(self) -> None:
        """Choose a start in the future, so that no worker takes the run up."""
        self.page.get_by_role("tab", name="Later").click()

    def submit(self) -> Response:
        """Press the button, again while the server is busy; return the server's answer."""
        pressing = Retrying(
            retry=retry_if_result(lambda answer: answer.status == HTTPStatus.SERVICE_UNAVAILABLE),
            stop=stop_after_delay(_SECONDS / 1000),
            wait=wait_fixed(1),
        )
        return pressing(self._press)

    def _press(self) -> Response:
        with self.page.expect_response(
            lambda answer: "create_flow_run" in answer.url, timeout=_SECONDS
        ) as found:
            self.page.get_by_role("button", name="Submit").click()
        return found.value


@pytest.fixture
def form(deployed: Deployed) -> Iterator[Form]:
    """The form in a real browser."""
    with chromium() as browser:
        yield Form(browser.new_page(), deployed)


def test_the_form_shows_titles_in_their_order_and_no_internal_names(form: Form) -> None:
    text = form.page.inner_text("form")

    titles = ["Network", "First date", "Last date", "Length of the range (days)", "Lag (days)",
              "Time zone", "Window (days)", "Model type", "Review budget (alerts a day)", "Seed",
              "Labels", "Split", "Tuning", "Comparison", "Promotion", "Checks", "Leak screen",
              "Computing"]  # fmt: skip
    places = [text.find(f"\n{title}") for title in titles]
    assert -1 not in places
    assert sorted(places) == places


@pytest.mark.parametrize(
    ("title", "field"), [("Window (days)", "window_days"), ("Bayesian trials", "n_trials")]
)
def test_a_blanked_number_is_an_error_beside_its_field(form: Form, title: str, field: str) -> None:
    form.page.get_by_label(title).fill("")

    answer = form.submit()

    assert 409 == answer.status
    assert f"'{field}' is a required property" in answer.text()
    form.page.get_by_text(f"'{field}' is a required property").first.wait_for(timeout=_SECONDS)


@pytest.mark.parametrize("way", ["the form", "the JSON view", "the JSON view and back"])
def test_reasons_survive_the_views_of_the_form(form: Form, way: str) -> None:
    form.write(0, '{"AM011": "a pilot on one week"}')
    form.write(1, '{"n_alerts": "known at the time"}')
    form.start_later()
    if way != "the form":
        form.view("Use JSON Input")
    if way == "the JSON view and back":
        form.view("Use Form Input")

    answer = form.submit()

    assert 201 == answer.status, answer.text()
    request = TrainingRequest.model_validate(answer.json()["parameters"]["parameters"])
    assert {"AM011": "a pilot on one week"} == request.checks.muted
    assert {"n_alerts": "known at the time"} == request.leak_screen.overruled
