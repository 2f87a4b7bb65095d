"""Prefect tasks: one thin wrapper a stage."""

from alertmill.redaction import guard_output
from alertmill.threads import limit_threads

# Before any task module loads numpy or LightGBM: they read the environment once, when loaded.
limit_threads()
# Before a task logs: an orchestrator keeps its records.
guard_output()
