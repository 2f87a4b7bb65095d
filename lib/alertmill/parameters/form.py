"""JSON schema of the forms: what is refused before a run is made, and how fields are shown.

Prefect checks the parameters of a run against the JSON schema of its deployment and answers 409
with the field and the reason. Its check ignores `format`, so dates are checked by a pattern.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from alertmill.dates import FIRST_DATE, LAST_DATE

Schema = dict[str, Any]

REAL_DATE = (
    "^(?:(?:2009|20[1-9][0-9])-"
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|20(?:1[26]|[2468][048]|[3579][26])-02-29"
    "|2100-01-01)$(?!\n)"
)
"""Dates of the calendar from `alertmill.dates.FIRST_DATE` to `LAST_DATE`."""
A_DATE = f"a date that exists, from {FIRST_DATE} to {LAST_DATE}, such as 2024-01-31"
"""What `REAL_DATE` expects, for people."""

_CHOICES = {"integer": "Number", "number": "Number", "string": "Text", "null": "Not set"}
"""Titles of the choices of a field that may be left out, by their JSON types."""
_KIND = "__prefect_kind"
_RULES_OF_OBJECTS = {"additionalProperties", "patternProperties", "propertyNames"}
_LARGEST_DIGITS = {1: 1, 2: 9, 3: 9, 5: 1, 6: 9, 8: 3, 9: 9}
"""By their places in a date such as 2024-01-31; every year begins with 2."""


def arrange(schema: Schema) -> None:
    """Add positions to the fields of an object, and titles to the choices of optional ones.

    A database may forget the order of the keys of an object; the form sorts by ``position``.
    """
    for position, field in enumerate(schema.get("properties", {}).values()):
        field.setdefault("position", position)
        for choice in field.get("anyOf", ()):
            if choice.get("type") in _CHOICES:
                is_date = choice.get("format") == "date"
                choice.setdefault("title", "Date" if is_date else _CHOICES[choice["type"]])


def refuse(when: Schema, *, expected: str) -> Schema:
    """Return a schema that refuses a value for which ``when`` holds, with a text for people.

    JSON schema has no messages of its own, but that of an enumeration lists what it expects.
    """
    return {"if": when, "then": {"enum": [expected]}}


def refuse_field(field: str, when: Schema, *, expected: str) -> Schema:
    """Return a schema of an object that refuses one of its fields when ``when`` holds of it."""
    refused = {"required": [field], "properties": {field: {"enum": [expected]}}}
    return {"if": when, "then": refused}


def refuse_text(pattern: str, *, expected: str) -> Schema:
    """Return a schema that refuses a text that does not match the pattern."""
    return refuse({"type": "string", "not": {"pattern": pattern}}, expected=expected)


def unpack(given: object) -> object:
    """Return the object that Prefect's page has packed into a text.

    The page edits an object of free keys as a text, and the server unpacks it. Inside its JSON view
    of the whole form, such a text stays packed.
    """
    if isinstance(given, Mapping) and given.get(_KIND) == "json":
        return json.loads(given.get("value") or "{}")
    return given


def allow_packed(key_pattern: str, *, expected: str) -> Callable[[Schema], None]:
    """Return a change to the schema of an object of reasons: it may also come packed, see `unpack`.

    Parameters
    ----------
    key_pattern : str
        Regular expression of a key, for the keys inside a packed text.
    expected : str
        What a packed text should hold, for people.
    """
    pair = rf'"(?:{key_pattern})"\s*:\s*"(?:[^"\\]|\\.)+"'
    packed = rf"^\s*\{{\s*(?:{pair}\s*(?:,\s*{pair}\s*)*)?\}}\s*$"

    def change(schema: Schema) -> None:
        plain = {name: schema.pop(name) for name in _RULES_OF_OBJECTS & schema.keys()}
        schema |= {
            "if": {"required": [_KIND]},
            "then": {"properties": {"value": refuse_text(packed, expected=expected)}},
            "else": plain,
        }

    return change


def is_set(field: str, kind: str) -> Schema:
    """Return a schema that holds of an object whose field is a value of this JSON type."""
    return {"required": [field], "properties": {field: {"type": kind}}}


def is_later(first: str, second: str) -> Schema:
    """Return a schema that holds of an object whose date ``first`` is later than ``second``.

    JSON schema cannot compare two fields. Dates such as 2024-01-31 can be compared digit by digit,
    and each digit against each by a pattern: the first place at which they differ decides.
    """
    rules: list[Schema] = []
    for place, largest in reversed(_LARGEST_DIGITS.items()):
        greater = [
            _digits(place, {first: f"{digit}", second: f"[0-{digit - 1}]"})
            for digit in range(1, largest + 1)
        ]
        equal = [
            _digits(place, {first: f"{digit}", second: f"{digit}"}) for digit in range(largest + 1)
        ]
        later_places = [{"anyOf": equal}, {"anyOf": rules}]
        rules = [*greater, {"allOf": later_places}] if rules else greater
    return {"allOf": [is_set(first, "string"), is_set(second, "string"), {"anyOf": rules}]}


def _digits(place: int, digits: Mapping[str, str]) -> Schema:
    patterns = {field: {"pattern": f"^.{{{place}}}{digit}"} for field, digit in digits.items()}
    return {"properties": patterns}


def require_numbers(
    numbers: Sequence[str], sections: Mapping[str, Sequence[str]], *, given: Iterable[str]
) -> Schema:
    """Return a schema that misses a number in a complete form.

    A form leaves out a field that was blanked, which would then get its default. A call of the API
    may leave out what it does not change. Only a form sends every section, so only there is a
    missing number a blanked one.

    Parameters
    ----------
    numbers : sequence of str
        Fields of the form that are numbers.
    sections : mapping of str to sequence of str
        Fields of each section that are numbers.
    given : iterable of str
        Sections by which a form is recognised.
    """
    inside = {name: {"required": list(fields)} for name, fields in sections.items()}
    return {
        "if": {"required": list(given)},
        "then": {"required": list(numbers), "properties": inside},
    }
