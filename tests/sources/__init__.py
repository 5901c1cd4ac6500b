"""C and Python sources of modules."""
