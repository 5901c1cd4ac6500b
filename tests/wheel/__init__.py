"""Installing the wheel, and what is in it."""
