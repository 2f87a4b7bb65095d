"""Errors of the report site."""

from __future__ import annotations

from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError, ConfigurationError


class RunFileError(AlertmillError):
    """A file of a run folder is missing or cannot be shown."""

    @classmethod
    def missing(cls, relative: str) -> Self:
        """Build the message for a file that every run has."""
        return cls(f"{relative} is not there; restore it from a copy, or remove the run's folder.")

    @classmethod
    def unreadable(cls, relative: str, reason: str) -> Self:
        """Build the message for a file of another form."""
        return cls(
            f"{relative} cannot be read: {reason}; expected the file as the run wrote it. "
            "Restore it from a copy."
        )

    @classmethod
    def too_large(cls, relative: str, limit: int) -> Self:
        """Build the message for a file that no run can have written."""
        return cls(
            f"{relative} has more than {limit:,} bytes, which no run writes; restore it from a "
            "copy."
        )


class SiteAddressError(AlertmillError):
    """The report site cannot listen on its address."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, host: str, port: int, reason: str) -> Self:
        """Build the message with the address and the reason of the system."""
        return cls(
            f"the report site cannot listen on {host}:{port}: {reason}; choose another --port, or "
            "end the program that uses it."
        )


class SiteTokenError(ConfigurationError):
    """The report site would be open to a network without a password."""

    @classmethod
    def missing(cls, host: str) -> Self:
        """Build the message for a site that listens beyond this machine."""
        return cls(
            f"the report site shall listen on {host}, which other machines reach, and "
            "ALERTMILL_SITE_TOKEN is not set; set it to a long random text, or listen on 127.0.0.1."
        )

    @classmethod
    def too_short(cls, found: int, least: int) -> Self:
        """Build the message for a password that can be guessed."""
        return cls(
            f"ALERTMILL_SITE_TOKEN has {found} characters, expected at least {least}; set it to "
            "a long random text, for example of `openssl rand -hex 16`."
        )
