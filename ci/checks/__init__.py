"""Checks of the source that run none of it; `ci.lint` runs them all."""
