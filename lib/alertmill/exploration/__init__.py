"""What the data, the features, the fit and the search look like, as tables for the reports."""
