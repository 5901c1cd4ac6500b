"""Callbacks from C into Python."""
