"""Calls of C functions through cdata."""
