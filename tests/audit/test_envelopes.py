"""What is signed is exactly what is read: nobody can change a byte, or its meaning, and keep it."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertmill.audit.envelopes import PAYLOAD_TYPE, Envelope, to_be_signed
from tests.support.signing import key_of

PAYLOAD = b'{"said":"once"}'


def test_what_is_signed_is_that_of_the_protocol() -> None:
    # The example of the DSSE protocol v1.0.2.
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"

    assert expected == to_be_signed("http://example.com/HelloWorld", b"hello world")


def test_the_signer_is_found_among_other_keys() -> None:
    signer, other = key_of(1), key_of(2)
    envelope = Envelope.sealed(PAYLOAD, signer)

    assert signer.public == envelope.signer_among([other.public, signer.public])
    assert envelope.signer_among([other.public]) is None
    assert PAYLOAD == envelope.content


def test_the_same_payload_and_key_give_the_same_bytes() -> None:
    once, again = (Envelope.sealed(PAYLOAD, key_of()).canonical for _ in range(2))

    assert once == again
    assert Envelope.model_validate_json(once).canonical == once


@given(st.binary(min_size=1), st.binary(min_size=1))
def test_another_payload_is_not_the_signed_one(payload: bytes, other: bytes) -> None:
    envelope = Envelope.sealed(payload, key_of())
    changed = envelope.model_copy(update={"payload": base64.b64encode(other).decode()})

    assert (payload == other) is (changed.signer_among([key_of().public]) is not None)


@pytest.mark.parametrize(
    "change",
    [
        {"payload_type": "text/plain"},
        {"payload": "no base64!"},
        {"signatures": ()},
    ],
)
def test_a_changed_envelope_has_no_signer(change: dict[str, object]) -> None:
    envelope = Envelope.sealed(PAYLOAD, key_of()).model_copy(update=change)

    assert envelope.signer_among([key_of().public]) is None


def test_a_signature_under_the_name_of_another_key_does_not_count() -> None:
    forged = json.loads(Envelope.sealed(PAYLOAD, key_of(2)).canonical)
    forged["signatures"][0]["keyid"] = key_of(1).key_id

    assert Envelope.model_validate(forged).signer_among([key_of(1).public]) is None
    assert PAYLOAD_TYPE == forged["payloadType"]
