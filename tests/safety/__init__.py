"""Sharp edges, each in a process of its own."""
