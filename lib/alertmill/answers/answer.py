"""The answer that opens a report: a question, two sentences, three numbers and what to do."""

from __future__ import annotations

from html import escape
from typing import Any

from pydantic import Field

from alertmill.frozen_model import FrozenModel

ANSWER_MEDIA_TYPE = "application/vnd.alertmill.answer+json"
"""Under which a notebook keeps the answer, so that the first page can quote it."""


class KeyNumber(FrozenModel):
    """A number that carries an answer."""

    name: str
    value: str
    basis: str = Field(
        description="Its 95 % interval and what was counted; without an interval, what it rests on."
    )


class Answer(FrozenModel):
    """What a report answers, before it shows how."""

    question: str
    sentences: tuple[str, ...] = Field(description="Two complete sentences.")
    numbers: tuple[KeyNumber, ...] = Field(description="The three that the answer rests on.")
    advice: str = Field(description="What to do about it, in a complete sentence.")
    about: str = Field("", description="Run, range, model, verdict and digest, in one line.")

    @property
    def text(self) -> str:
        """The sentences as one paragraph."""
        return " ".join(self.sentences)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            "text/plain": str(self),
            "text/html": self._as_html(),
            ANSWER_MEDIA_TYPE: self.model_dump(mode="json"),
        }

    def __str__(self) -> str:
        """Return the answer as plain text, for terminals."""
        numbers = "\n".join(f"{n.name}: {n.value} ({n.basis})" for n in self.numbers)
        return f"{self.question}\n{self.text}\n{numbers}\nWhat to do: {self.advice}"

    def _as_html(self) -> str:
        numbers = "".join(
            f"<li>{escape(n.name)}<strong>{escape(n.value)}</strong>{escape(n.basis)}</li>"
            for n in self.numbers
        )
        about = f"<p><code>{escape(self.about)}</code></p>" if self.about else ""
        return (
            f"<aside>{about}<p><em>{escape(self.question)}</em></p>"
            f"<p><strong>{escape(self.text)}</strong></p><ul>{numbers}</ul>"
            f"<p><b>What to do:</b> {escape(self.advice)}</p></aside>"
        )
