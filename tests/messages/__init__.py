"""Notes below the text of an error."""
