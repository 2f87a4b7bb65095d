"""Keys are made once, read by their owner alone, and refused in one line."""

from __future__ import annotations

import multiprocessing
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from alertmill.audit.keys import read_public_key, signing_key, write_new_key
from alertmill.audit.trust import Revocation, TrustedKeys, TrustStore
from alertmill.errors import ConfigurationError, SigningKeyError, TrustListError
from alertmill.settings import Settings
from tests.support.signing import key_of

NOW = datetime(2027, 6, 1, tzinfo=UTC)


def settings_of(folder: Path, **changes: object) -> Settings:
    return Settings(_env_file=None, alertmill_state_dir=folder / "state", **changes)


def key_id_in(folder: Path) -> str:
    return signing_key(settings_of(folder)).key_id


def test_the_development_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, second = (signing_key(settings_of(tmp_path)) for _ in range(2))

    assert (first.key_id, True) == (second.key_id, second.is_development)
    assert f"development key {first.key_id}" == first.title
    path = tmp_path / "state" / "keys" / "development.pem"
    assert "0o600" == oct(stat.S_IMODE(path.stat().st_mode))


@pytest.mark.process
def test_processes_that_begin_together_sign_with_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        ids = set(pool.map(key_id_in, [tmp_path] * 6))

    assert {key_id_in(tmp_path)} == ids
    assert ["development.pem"] == [path.name for path in (tmp_path / "state" / "keys").iterdir()]


def test_an_operators_key_signs_and_its_public_half_verifies(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    public = write_new_key(path, password="long and secret")  # noqa: S106 - of this test
    (tmp_path / "public.pem").write_text(public.pem)

    key = signing_key(
        settings_of(
            tmp_path,
            alertmill_signing_key=path,
            alertmill_signing_key_password=SecretStr("long and secret"),
        )
    )

    assert (public.key_id, False) == (key.key_id, key.is_development)
    assert read_public_key(tmp_path / "public.pem").has_signed(b"said", key.sign(b"said"))
    assert not public.has_signed(b"other", key.sign(b"said"))


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    write_new_key(path, password=None)
    before = path.read_bytes()

    with pytest.raises(ConfigurationError, match="never overwritten"):
        write_new_key(path, password=None)
    assert before == path.read_bytes()


def elliptic(path: Path) -> None:
    key = generate_private_key(SECP256R1())
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda _path: None, "No such file"),
        (lambda path: path.write_text("no key"), "holds no usable private key"),
        (lambda path: write_new_key(path, password="x"), "password"),  # noqa: S106 - of this test
        (elliptic, "expected Ed25519"),
    ],
)
def test_a_file_that_is_no_signing_key_is_one_line(
    tmp_path: Path, write: object, expected: str
) -> None:
    path = tmp_path / "signing.pem"
    write(path)  # type: ignore[operator]  # a function of the cases above

    with pytest.raises(SigningKeyError, match=expected) as raised:
        signing_key(settings_of(tmp_path, alertmill_signing_key=path))

    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_revoked_key_counts_up_to_an_entry_and_signs_no_more(tmp_path: Path) -> None:
    store, key = TrustStore(tmp_path / "trusted.json"), key_of()
    store.admit(key, now=NOW)

    store.revoke(key.key_id, Revocation(at=NOW, reason="lost with a notebook", last_number=3))

    known = store.read().find(key.key_id)
    assert known is not None
    assert [True, True, False] == [known.counts_for(number) for number in (1, 3, 4)]
    with pytest.raises(SigningKeyError, match="lost with a notebook"):
        store.admit(key, now=NOW)
    with pytest.raises(SigningKeyError, match="lost with a notebook"):
        store.revoke(key.key_id, Revocation(at=NOW, reason="again", last_number=9))


def test_an_unknown_key_cannot_be_revoked(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trusted.json")
    store.admit(key_of(), now=NOW)

    with pytest.raises(SigningKeyError, match=f"trusted are: {key_of().key_id}"):
        store.revoke("beef", Revocation(at=NOW, reason="gone", last_number=0))


def test_a_key_is_trusted_once(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trusted.json")

    assert [True, False] == [store.trust(key_of().public, now=NOW) for _ in range(2)]
    assert TrustedKeys.only(key_of().public, now=NOW) == store.read()


def test_a_damaged_list_of_keys_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "trusted.json"
    path.write_text("{")

    with pytest.raises(TrustListError, match="restore it from a copy"):
        TrustStore(path).read()
