"""Prefect tasks: one thin wrapper a stage."""
