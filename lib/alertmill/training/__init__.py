"""From extracted tables to a calibrated model."""
