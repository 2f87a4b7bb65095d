"""Prefect tasks: one thin wrapper a stage."""

from alertmill.threads import limit_threads

# Before any task module loads numpy or LightGBM: they read the environment once, when loaded.
limit_threads()
