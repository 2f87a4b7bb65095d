"""Models of alerts: fitted, calibrated, saved and described."""
