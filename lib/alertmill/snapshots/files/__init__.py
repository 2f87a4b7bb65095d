"""Read transfers, labels and prices from files of any common export, or say what to change."""
