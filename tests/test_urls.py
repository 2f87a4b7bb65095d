"""URLs of deliveries are of the kinds that are read, and hold no secret."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from alertmill.cli.failures import describe_failure
from alertmill.parameters.ingestion import IngestionParameters
from alertmill.parameters.urls import PLACE, refusal_of, shown

SECRET = [
    "https://user:hush@host/snapshots",
    "s3://user:hush@bucket/snapshots",
    "s3://hush@bucket/snapshots",
    "S3://bucket/snapshots?token=hush",
    "s3://bucket/snapshots#hush",
    "zip://snapshots::s3://user:hush@bucket/all.zip",
]
READ = [
    "deliveries",
    "/data/up stream/@home?#",
    "./s3:/odd",
    "file:///data/upstream",
    "s3://bucket/snapshots",
    "S3://bucket/snapshots",
]


@pytest.mark.parametrize("url", READ)
def test_paths_and_plain_urls_are_taken(url: str) -> None:
    assert url == IngestionParameters.model_validate({"network": "ethereum", "url": url}).url


@pytest.mark.parametrize("field", ["url", "labels"])
@pytest.mark.parametrize("url", SECRET)
def test_a_url_with_a_secret_is_refused_in_a_line_without_it(field: str, url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        IngestionParameters.model_validate({"network": "ethereum", field: url})

    described = describe_failure(caught.value)
    assert described is not None
    assert 2 == described[1]
    assert "hush" not in described[0] + shown(url)
    assert "expected a path, or a file:// or s3:// URL" in described[0]


@given(st.text(alphabet="asS3:/@?#. ", min_size=1))
@example("gs://bucket/x")
@example("a::s3://b")
def test_the_form_refuses_what_the_program_refuses(url: str) -> None:
    assert (refusal_of(url) is None) == bool(re.search(PLACE, url))
