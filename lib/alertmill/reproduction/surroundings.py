"""What is different here from the program and the machine that made a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alertmill.provenance import Provenance, describe_code

_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Surroundings:
    """The program and the machine, compared with those of the run."""

    differences: tuple[str, ...]
    """Each as one phrase: what it is, then and now."""
    may_round: bool
    """True if processor, Python or libraries differ, so that the last bits of numbers may."""

    @property
    def sentence(self) -> str:
        """The comparison in one line."""
        if not self.differences:
            return "surroundings: the same code, versions, processor and cores as the manifest says"
        return f"surroundings: {'; '.join(self.differences)}"


def compare_surroundings(then: Provenance, now: Provenance) -> Surroundings:
    """Compare what the manifest says of program and machine with what runs here.

    Parameters
    ----------
    then : Provenance
        Of the manifest.
    now : Provenance
        Of this process.
    """
    rounding = tuple(_rounding(then, now))
    return Surroundings((*rounding, *_others(then, now)), may_round=bool(rounding))


def _rounding(then: Provenance, now: Provenance) -> Iterator[str]:
    facts = {
        "processor": (then.processor, now.processor),
        "platform": (then.platform, now.platform),
        "Python": (then.python, now.python),
        **{
            name: (then.versions.get(name, ""), now.versions.get(name, ""))
            for name in sorted({*then.versions, *now.versions})
        },
    }
    for name, (before, here) in facts.items():
        if before != here:
            yield f"{name} {before or _UNKNOWN} then, {here or _UNKNOWN} now"


def _others(then: Provenance, now: Provenance) -> Iterator[str]:
    facts = {
        "code": (describe_code(then), describe_code(now)),
        "requirements.lock": (then.lock_sha256, now.lock_sha256),
        "usable cores": (then.usable_cores, now.usable_cores),
    }
    for name, (before, here) in facts.items():
        if before != here:
            yield f"{name} {_short(before)} then, {_short(here)} now"


def _short(value: str | int | None) -> str:
    """Return a value; of a digest the first letters."""
    if value is None:
        return _UNKNOWN
    text = str(value)
    is_digest = len(text) == 64 and " " not in text  # noqa: PLR2004 - letters of a sha256
    return text[:12] if is_digest else text
