"""Keep the runs folder at a bounded size, and make a lost database again from it."""
