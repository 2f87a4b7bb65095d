"""Why the model scores an alert as it does: contributions, importance, dependence, reasons."""
