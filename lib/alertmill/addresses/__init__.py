"""Addresses: compared as their network compares them, and checked where they carry a checksum."""

from alertmill.addresses.comparison import AddressFault, Compared, compare_as, find_faults, folded

__all__ = ["AddressFault", "Compared", "compare_as", "find_faults", "folded"]
