"""Ed25519 keys (RFC 8032) that sign the ledger, and where they come from."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from alertmill.errors import ConfigurationError, SigningKeyError
from alertmill.files import sync_folder
from alertmill.settings import Settings

DEVELOPMENT_KEY = "development.pem"
"""Below the folder of keys."""
_KEYS_FOLDER = "keys"
"""Below the state folder."""
_ID_HEX_DIGITS = 16
_ONLY_OWNER = 0o600
_ONLY_OWNER_FOLDER = 0o700


def keys_folder(settings: Settings) -> Path:
    """Return the folder of the development key and of the list of trusted keys."""
    return settings.alertmill_state_dir.resolve() / _KEYS_FOLDER


@dataclass(frozen=True)
class PublicKey:
    """What verifies a signature."""

    raw: bytes
    """32 bytes."""

    @cached_property
    def key_id(self) -> str:
        """The first 16 hex digits of the key's SHA-256."""
        return hashlib.sha256(self.raw).hexdigest()[:_ID_HEX_DIGITS]

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Return whether the private half of this key made the signature of the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def pem(self) -> str:
        """The key as SubjectPublicKeyInfo in PEM, as other programs read it."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_title(key_id: str, *, is_development: bool) -> str:
    """Return what a reader is told of a key."""
    return f"{'development key' if is_development else 'key'} {key_id}"


class SigningKey:
    """The private half; it is never printed.

    Parameters
    ----------
    private : Ed25519PrivateKey
        The key.
    is_development : bool
        Whether this program made it on first use, so that no operator vouches for it.
    """

    def __init__(self, private: Ed25519PrivateKey, *, is_development: bool) -> None:
        self._private = private
        self.is_development = is_development
        self.public = PublicKey(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def key_id(self) -> str:
        """Id of the public half."""
        return self.public.key_id

    @property
    def title(self) -> str:
        """Return what readers are told of the key."""
        return key_title(self.key_id, is_development=self.is_development)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes; the same message gives the same bytes."""
        return self._private.sign(message)


def signing_key(settings: Settings) -> SigningKey:
    """Return the operator's key, or the development key, which is made on first use.

    Raises
    ------
    SigningKeyError
        If the operator's key cannot be read, or is no Ed25519 key.
    """
    path = settings.alertmill_signing_key
    if path is not None:
        password = settings.alertmill_signing_key_password
        return SigningKey(
            _read_private(path, password.get_secret_value() if password else None),
            is_development=False,
        )
    path = keys_folder(settings) / DEVELOPMENT_KEY
    if not path.is_file():
        _make_development_key(path)
    return SigningKey(_read_private(path, None), is_development=True)


def write_new_key(path: Path, *, password: str | None) -> PublicKey:
    """Make a private key in a file that only its owner may read; return its public half.

    Parameters
    ----------
    path : Path
        PEM file (PKCS 8) that does not exist.
    password : str or None
        Encrypts the file; None leaves it as it is.

    Raises
    ------
    ConfigurationError
        If the file exists.
    """
    private = Ed25519PrivateKey.generate()
    try:
        _write_private(path, private, password)
    except FileExistsError:
        raise ConfigurationError(f"{path} exists; a key is never overwritten.") from None
    return SigningKey(private, is_development=False).public


def read_public_key(path: Path) -> PublicKey:
    """Read a public key from PEM.

    Raises
    ------
    SigningKeyError
        If the file cannot be read, or holds no Ed25519 public key.
    """
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SigningKeyError.unreadable(path, "public key", _reason(error)) from None
    if not isinstance(key, Ed25519PublicKey):
        raise SigningKeyError.of_another_kind(path, type(key).__name__)
    return PublicKey(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _read_private(path: Path, password: str | None) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(
            path.read_bytes(), password=None if password is None else password.encode()
        )
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningKeyError.unreadable(path, "private key", _reason(error)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError.of_another_kind(path, type(key).__name__)
    return key


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, TypeError):  # a password is missing, or one was given for nothing
        return str(error).rstrip(".").lower()
    return "it is no such key in PEM, or the password is wrong"


def _make_development_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=_ONLY_OWNER_FOLDER)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    _write_private(temporary, Ed25519PrivateKey.generate(), None)
    try:
        os.link(temporary, path)  # of two processes that begin, one makes the key
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    sync_folder(path.parent)


def _write_private(path: Path, private: Ed25519PrivateKey, password: str | None) -> None:
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OWNER)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(pem)
        stream.flush()
        os.fsync(stream.fileno())
