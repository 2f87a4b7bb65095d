"""Errors of stored models that cannot be trusted to score."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError

_WAY_OUT = "restore the folder of its run from a copy, or train again."


class NoChampionError(AlertmillError):
    """No model was promoted that could score."""

    @classmethod
    def of(cls, network: str, model_type: str, window_days: int) -> Self:
        """Build the message from what a model was looked for."""
        return cls(
            f"there is no champion of {network}, {model_type}, windows of {window_days} days, so "
            "nothing was scored; train and promote a model, or name one by its id."
        )


class NoScoresError(AlertmillError):
    """Nothing was scored where scores are asked for."""

    @classmethod
    def of(cls, first: date, last: date) -> Self:
        """Build the message from the range."""
        return cls(
            f"there are no scores of {first} to {last}, so no file was written; score these days "
            "with alertmill score, or ask for others."
        )


class ScoreNotFoundError(AlertmillError):
    """An alert has no score where one is looked for."""

    exit_code = BAD_INPUT

    @classmethod
    def in_run(cls, run_dir: Path, alert_id: str, day: date | None) -> Self:
        """Build the message from the run and the alert."""
        when = f" of {day}" if day else ""
        return cls(
            f"the run {run_dir} has no score of {alert_id!r}{when}; expected an alert of its "
            "validation or test days. Leave --run out to look for it in the database."
        )

    @classmethod
    def in_database(cls, network: str, alert_id: str, day: date | None) -> Self:
        """Build the message from the network and the alert."""
        when = f" of {day}" if day else ""
        return cls(
            f"the database of {network} has no score of {alert_id!r}{when}; score its day with "
            "alertmill score, or name a training run that measured it with --run."
        )


class NoScoringRunError(AlertmillError):
    """There is no folder of a scoring run where one is read."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, path: Path) -> Self:
        """Build the message from the folder."""
        return cls(
            f"{path} is no scoring run with a scored day; expected a folder such as "
            "runs/ethereum/scores/20260105T053000Z-3f9a1c2b, which alertmill score makes."
        )

    @classmethod
    def among(cls, folder: Path) -> Self:
        """Build the message from the folder that holds none."""
        return cls(f"{folder} holds no scoring run; make one with alertmill score.")


class OutdatedModelError(AlertmillError):
    """A model cannot score what the features mean today."""

    @classmethod
    def of(cls, model_id: str, reason: str) -> Self:
        """Build the message from the model and what it does not fit."""
        return cls(
            f"the model {model_id} cannot score: {reason}; expected the features with which it "
            "was trained. Train again, or name another model by its id."
        )


class UnsafeModelError(AlertmillError):
    """A stored model does not load, or does not score as it did when it was trained."""


class UnreadableModelError(UnsafeModelError):
    """A file of a model cannot be read."""

    @classmethod
    def of(cls, path: Path, reason: str) -> Self:
        """Build the message from the file and what is wrong with it."""
        return cls(f"the model file {path} cannot be read: {reason}; {_WAY_OUT}")


class CanaryScoresError(UnsafeModelError):
    """A model gives other scores than it gave when it was trained."""

    @classmethod
    def of(cls, model_id: str, *, row: int, expected: float, found: float) -> Self:
        """Show the row of canary.json that differs most, counted from 0."""
        return cls(
            f"the model {model_id} scores row {row} of its canary.json {found!r}, expected "
            f"{expected!r}: its files were changed, or LightGBM reads them differently; {_WAY_OUT}"
        )


class ModelLoadFailedError(UnsafeModelError):
    """Reading a model ended the process that tried it."""

    @classmethod
    def of(cls, model_id: str, ending: str) -> Self:
        """Build the message from how the process ended."""
        return cls(
            f"the model {model_id} cannot be read: the process that tried it first {ending}; "
            f"expected it to read the trees and to score canary.json. {_WAY_OUT.capitalize()}"
        )


class ModelLoadTimeoutError(UnsafeModelError):
    """Reading a model did not come to an end."""

    @classmethod
    def of(cls, model_id: str, seconds: float) -> Self:
        """Build the message from the limit."""
        return cls(
            f"the model {model_id} was not read within {seconds:g} s by the process that tried it "
            f"first, expected some seconds: the machine is overloaded, or its files were changed; "
            f"try once more, then {_WAY_OUT}"
        )


class ModelFolderTakenError(AlertmillError):
    """A model is to be written over the files of another that is registered."""

    @classmethod
    def of(cls, folder: Path, model_id: str) -> Self:
        """Build the message from the folder and whose it is."""
        return cls(
            f"{folder} holds the files of the registered model {model_id}, which would be lost; "
            "save the model to a folder of its own."
        )


class PromotionLedgerError(AlertmillError):
    """An entry of the ledger of promotions cannot be read."""

    @classmethod
    def unreadable(cls, path: Path, reason: str) -> Self:
        """Build the message from the file and what is wrong in it."""
        return cls(
            f"the promotion entry {path} cannot be read: {reason}; expected the JSON file "
            "as it was written. Restore it from a copy."
        )
