"""Loops over every operation that must leave counts and memory where they were."""
