"""Features that are named after labels, or are declared to read them."""

from __future__ import annotations

import re

from alertmill.training.features.catalogue import FeatureDefinition, FeatureGroup
from alertmill.training.leaks.findings import CheckName, CheckResult, Finding
from alertmill.training.leaks.subject import Subject

_LABEL_TABLES = frozenset({"raw_address_labels", "address_labels"})
_WORDS = (
    *("label", "labels", "labelled", "labeled", "target", "outcome", "verdict", "truth", "y"),
    *("risk_level", "trust_level", "known_at", "revoked_at"),
    *("fraud", "illicit", "licit", "phishing", "is_positive", "is_confirmed", "is_cleared"),
)
_LABEL_WORD = re.compile(rf"(?:^|_)({'|'.join(_WORDS)})(?:_|$)")
_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


def check_names(subject: Subject) -> CheckResult:
    """Look for words of the labels in names, and for labels among declared sources."""
    by_name = {definition.name: definition for definition in subject.catalogue.features}
    foreign = [name for name in subject.names if name not in by_name]
    findings = [
        finding
        for name in subject.names
        for finding in (_by_source(by_name.get(name)) or _by_word(name),)
        if finding is not None
    ]
    said = f", {len(foreign)} of them foreign: no declaration says what they read"
    return CheckResult(
        check=CheckName.NAMES,
        findings=tuple(findings),
        scope=f"{len(subject.names)} names and sources{said if foreign else ''}",
    )


def label_word(name: str) -> str | None:
    """Return the word of the labels that a name holds, if any.

    Examples
    --------
    >>> label_word("last_risk_level"), label_word("riskLevel"), label_word("alert_confidence_score")
    ('risk_level', 'risk_level', None)
    """
    found = _LABEL_WORD.search(_NEW_WORD.sub("_", name).lower())
    return found.group(1) if found else None


def _by_source(definition: FeatureDefinition | None) -> Finding | None:
    """Labels of other addresses may enter the features of exposure, and no other."""
    if definition is None or definition.group is FeatureGroup.EXPOSURE:
        return None
    read = [source for source in definition.sources if source.split(".")[0] in _LABEL_TABLES]
    if not read:
        return None
    return Finding(
        check=CheckName.NAMES,
        feature=definition.name,
        reason="it is made of labels, which the model is to predict",
        evidence=f"declared sources: {', '.join(read)}",
    )


def _by_word(name: str) -> Finding | None:
    word = label_word(name)
    if word is None:
        return None
    return Finding(
        check=CheckName.NAMES,
        feature=name,
        reason="its name says that it is derived from labels",
        evidence=f"the word {word!r}",
    )
