"""Errors of the audit trail: its keys, and its ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError


class SigningKeyError(AlertmillError):
    """A key cannot be used."""

    exit_code = BAD_INPUT

    @classmethod
    def unreadable(cls, path: Path, kind: str, reason: str) -> Self:
        """Build the message from the file, the kind of key, and why it cannot be read."""
        return cls(
            f"{path} holds no usable {kind}: {reason}; expected an Ed25519 key in PEM, such as "
            "`alertmill keys new` makes."
        )

    @classmethod
    def of_another_kind(cls, path: Path, kind: str) -> Self:
        """Build the message from the file and the kind of key that it holds."""
        return cls(f"{path} holds a key of the kind {kind}; expected Ed25519.")

    @classmethod
    def revoked(cls, key_id: str, reason: str) -> Self:
        """Build the message from the id of the key and why it was revoked."""
        return cls(
            f"the key {key_id} was revoked ({reason}) and signs nothing any more; make another "
            "with `alertmill keys new` and set ALERTMILL_SIGNING_KEY."
        )

    @classmethod
    def unknown(cls, key_id: str, known: tuple[str, ...]) -> Self:
        """Build the message from what was asked for and the ids that are trusted."""
        names = ", ".join(known) or "none"
        return cls(f"no key {key_id!r} is trusted here; trusted are: {names}.")


class TrustListError(AlertmillError):
    """The list of trusted keys cannot be read."""

    @classmethod
    def unreadable(cls, path: Path, reason: str) -> Self:
        """Build the message from the file and what is wrong in it."""
        return cls(
            f"the list of trusted keys {path} cannot be read: {reason}; restore it from a copy."
        )


class ReviewLedgerError(AlertmillError):
    """What reviewers said of a run cannot be read whole."""

    @classmethod
    def gone(cls, path: Path) -> Self:
        """Build the message from the file."""
        return cls(
            f"the review entry {path} is gone or no plain file, but the signed ledger vouches for "
            "it; restore it from a copy."
        )

    @classmethod
    def changed(cls, path: Path) -> Self:
        """Build the message from the file."""
        return cls(
            f"the review entry {path} is not the file that was signed; restore it from a copy."
        )

    @classmethod
    def unreadable(cls, path: Path, reason: str) -> Self:
        """Build the message from the file and what is wrong in it."""
        return cls(
            f"the review entry {path} cannot be read: {reason}; expected the JSON file as it was "
            "written. Restore it from a copy."
        )


class ReviewRefusedError(AlertmillError):
    """A finding, resolution or approval is not taken, or a promotion lacks what it needs."""

    @classmethod
    def of_promotion(cls, model_id: str, run_dir: Path, obstacles: tuple[str, ...]) -> Self:
        """Build the message from the model, its run and what stands against its promotion."""
        return cls(
            f"{model_id} is not promoted: {'; '.join(obstacles)}. Settle it first: "
            f"alertmill review {run_dir} lists the review, alertmill approve approves the run."
        )

    @classmethod
    def by_starter(cls, actor: str) -> Self:
        """Build the message from whoever started the run."""
        return cls(
            f"{actor} started the run and cannot approve it, nor resolve the blocking finding of "
            "another; another person does that."
        )

    @classmethod
    def no_approver(cls, actor: str, approvers: tuple[str, ...]) -> Self:
        """Build the message from the name that was given and those that may approve."""
        return cls(
            f"{actor} is none of the approvers ({', '.join(approvers)}); one of them approves, or "
            "the setting ALERTMILL_APPROVERS names more."
        )

    @classmethod
    def unknown_finding(cls, key: str, open_keys: tuple[str, ...]) -> Self:
        """Build the message from what was asked for and the findings that are open."""
        known = ", ".join(open_keys) or "none"
        return cls(f"no open finding {key!r} of this run; open are: {known}.")

    @classmethod
    def unsigned(cls, run_dir: Path) -> Self:
        """Build the message from a run whose manifest nobody signed."""
        return cls(
            f"the manifest of {run_dir} has no entry in the signed ledger, so a review would not "
            "be bound to it; sign it first: alertmill keys vouch MANIFEST."
        )


class HeadPlaceError(AlertmillError):
    """The bucket in which heads of the ledger are kept does not do its part."""

    @classmethod
    def unreachable(cls, url: str, error: Exception) -> Self:
        """Build the message from the URL and what was said."""
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return cls(
            f"the heads of the ledger cannot be kept in or read from {url}: {reason}; correct "
            "ALERTMILL_LEDGER_HEAD_URL or the credentials in the environment, and try again: no "
            "entry is lost."
        )


class SignedLedgerError(AlertmillError):
    """The signed ledger is not as it was written, or does not lie where it should."""

    @classmethod
    def changed(cls, path: Path, reason: str) -> Self:
        """Build the message from the file of an entry and what is wrong with it."""
        return cls(
            f"the ledger entry {path} is not as it was signed: {reason}. "
            "`alertmill verify --all` lists everything that does not agree."
        )

    @classmethod
    def outside(cls, path: Path, runs_dir: Path) -> Self:
        """Build the message from a file and the folder in which it should lie."""
        return cls(f"{path} does not lie in the runs folder {runs_dir}, whose ledger this is.")
