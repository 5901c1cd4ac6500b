"""Libraries opened at run time."""
