"""The tools of the house, tried on small examples."""
