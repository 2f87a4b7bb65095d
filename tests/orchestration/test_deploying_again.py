"""Switches of schedules, and the copy of Prefect's page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alertmill.errors import UserInterfaceError
from alertmill.orchestration.deployments import keep_switches
from alertmill.orchestration.ui_copy import silence_page

_KEY = "c97dd2acbf306ab7bf54aca0aeb7ffa1"


def _deployment(name: str, **active_by_slug: bool) -> dict[str, Any]:
    schedules = [{"slug": slug, "active": active} for slug, active in active_by_slug.items()]
    return {"name": name, "schedules": schedules}


def test_a_schedule_keeps_the_switch_that_it_has_on_the_server() -> None:
    declared = [_deployment("training", weekly=True, daily=False, new=True)]
    deployed = [_deployment("training", weekly=False, daily=True), _deployment("other", new=False)]

    sentences = keep_switches(declared, deployed)

    assert declared == [_deployment("training", weekly=False, daily=True, new=True)]
    assert len(sentences) == 2
    assert sentences[0] == (
        "The schedule weekly of training stays off, as it was set in the Prefect UI; "
        "prefect.yaml has it on."
    )


def test_nothing_is_said_where_file_and_server_agree_or_there_is_no_schedule() -> None:
    declared = [_deployment("training", weekly=True), {"name": "demo"}]

    assert keep_switches(declared, [_deployment("training", weekly=True)]) == []


def test_the_key_of_the_tracker_is_removed_once(tmp_path: Path) -> None:
    assets = tmp_path / "v2" / "assets"
    assets.mkdir(parents=True)
    script = assets / "index-x.js"
    script.write_text(f"a();function um(){{return`{_KEY}`}}b();")
    (assets / "other.js").write_text("c();")

    silence_page(tmp_path)
    once = script.read_text()
    silence_page(tmp_path)

    assert _KEY not in once
    assert once.startswith("a();function um(){return``")
    assert script.read_text() == once


@pytest.mark.parametrize("n_keys", [0, 2])
def test_another_page_than_the_known_one_is_refused(tmp_path: Path, n_keys: int) -> None:
    assets = tmp_path / "v2" / "assets"
    assets.mkdir(parents=True)
    (assets / "index-x.js").write_text(f"f(){{return`{_KEY}`}}" * n_keys)

    with pytest.raises(UserInterfaceError, match=f"{n_keys} keys"):
        silence_page(tmp_path)
