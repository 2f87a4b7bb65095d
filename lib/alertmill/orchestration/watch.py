"""Look again and again for runs whose process has died, beside a worker, and retry them once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from alertmill.orchestration.api import PrefectApi
from alertmill.orchestration.live_runs import live_run_ids
from alertmill.orchestration.recovery import dead_runs, logged, retry_crashed, settle
from alertmill.orchestration.worker import wait_for_server
from alertmill.settings import Settings

_EVERY = timedelta(seconds=30)
_SECOND_REPORT = timedelta(seconds=15)
"""Prefect's worker reports a dead process twice, 6 to 8 seconds apart on a busy machine.

A retry between the two reports would be ended by the second one.
"""


@dataclass
class Watch:
    """What the last look has found.

    A worker gives a run to a process some seconds after it has taken it up. So a run counts as
    dead when two looks in a row find it in the same state and without a process.
    """

    settings: Settings
    api: PrefectApi
    suspects: frozenset[tuple[str, str]] = field(default=frozenset())
    """Run and state of what had no process at the last look."""

    def look(self, now: datetime) -> None:
        """Put in order what has been dead since the last look, and retry what has crashed."""
        with logged("look for dead runs"):
            alive = live_run_ids()
            found = {(run["id"], run["state"]["id"]): run for run in dead_runs(self.api, alive)}
            dead = [run for key, run in found.items() if key in self.suspects]
            self.suspects = frozenset(found)
            settle(dead, self.settings, self.api)
            retry_crashed(self.api, alive, until=now - _SECOND_REPORT)


def main() -> None:
    """Look every half minute, until this process is ended."""
    watch = Watch(Settings(), wait_for_server())
    while True:
        watch.look(datetime.now(UTC))
        time.sleep(_EVERY.total_seconds())


if __name__ == "__main__":
    main()
