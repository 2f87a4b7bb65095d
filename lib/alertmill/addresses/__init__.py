"""Addresses: compared as their network compares them, and checked where they carry a checksum."""

from alertmill.addresses.comparison import (
    AddressFault,
    Compared,
    compare_as,
    find_faults,
    folded,
    spelt_for_people,
)

__all__ = [
    "AddressFault",
    "Compared",
    "compare_as",
    "find_faults",
    "folded",
    "spelt_for_people",
]
