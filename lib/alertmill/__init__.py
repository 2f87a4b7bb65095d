"""Trains, explains, compares and audits models that score anti-money-laundering alerts."""
