"""Score the snapshots of new days by a registered model, for the people who review alerts."""
