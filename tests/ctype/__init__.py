"""C types: kinds, names, sizes, layout, identity."""
