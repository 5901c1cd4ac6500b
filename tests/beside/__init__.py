"""Random programs on both backends: each operation must give the same value, or the same exception with the same text."""
