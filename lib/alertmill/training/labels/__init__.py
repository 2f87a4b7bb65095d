"""What review says of an alert, decided as of a day."""
