"""Models that were registered: stored, found, opened and compared."""
