"""Executes notebooks, exports HTML, writes the index and the manifest."""
