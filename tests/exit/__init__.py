"""What threads may be doing when the program ends."""
