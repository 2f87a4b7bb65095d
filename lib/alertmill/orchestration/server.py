"""Prefect's server, whose garbage is collected in a thread of its own.

A collection frees cursors of SQLite, and waits for the connection of each. When it happens in the
server's event loop while that connection waits for the database, the loop stands still: whoever
holds the database cannot give it back, and no run makes progress until SQLite gives up after a
minute. In another thread, the collection waits alone.
"""

from __future__ import annotations

import gc
import runpy
import sys
import time
from threading import Thread

_START_SECONDS = 20.0
"""Until the server has loaded what it keeps: later collections leave these objects alone."""
_EVERY_SECONDS = 5.0
"""Between two collections."""


def main() -> None:
    """Run `prefect server start` with the arguments of this process."""
    gc.disable()
    Thread(target=_collect, name="garbage collection", daemon=True).start()
    sys.argv = ["prefect", "server", "start", *sys.argv[1:]]
    runpy.run_module("prefect", run_name="__main__")


def _collect() -> None:
    time.sleep(_START_SECONDS)
    gc.collect()
    gc.freeze()
    while True:
        time.sleep(_EVERY_SECONDS)
        gc.collect()


if __name__ == "__main__":
    main()
