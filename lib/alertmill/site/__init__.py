"""The report site: a catalogue of all runs, their reports and downloads, read-only."""
