"""Provenance names the commit of our checkout, and what we depend on."""

from __future__ import annotations

import platform

import pytest

from alertmill.provenance import Provenance, collect, describe_code


def made(**changes: object) -> Provenance:
    fields: dict[str, object] = {
        "python": "3.11.0",
        "platform": "Linux x86_64",
        "versions": {"alertmill": "1.2.3"},
        "code_commit": None,
        "is_dirty": None,
    }
    return Provenance.model_validate(fields | changes)


def test_what_we_depend_on_is_listed_with_the_version_that_runs() -> None:
    found = collect()

    assert platform.python_version() == found.python
    assert {"alertmill", "lightgbm", "polars", "papermill"} <= found.versions.keys()


def test_what_only_developers_need_is_not_listed() -> None:
    assert "pytest" not in collect().versions


def test_a_commit_is_given_whole_or_not_at_all() -> None:
    found = collect()

    assert (found.code_commit is None) == (found.is_dirty is None)
    assert len(found.code_commit or "0" * 40) == 40


def test_the_commit_of_a_checkout_of_another_user_is_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = collect().code_commit

    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    assert own == collect().code_commit


def test_code_outside_a_checkout_is_named_by_its_release() -> None:
    assert "release 1.2.3, not a git checkout" == describe_code(made())


def test_uncommitted_changes_are_said() -> None:
    assert "abcdefabcdef" == describe_code(made(code_commit="abcdef" * 7, is_dirty=False))
    dirty = describe_code(made(code_commit="abcdef" * 7, is_dirty=True))

    assert "abcdefabcdef with uncommitted changes" == dirty
