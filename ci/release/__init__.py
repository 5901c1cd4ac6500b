"""What is published: wheels that run on old systems, and the source distribution."""
