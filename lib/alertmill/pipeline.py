"""The stages of a training run: each reads the run folder, calls the library, and writes back.

Every function here is idempotent: a stage whose files are as its record says is not done again.
"""

from __future__ import annotations
