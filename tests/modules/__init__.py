"""Modules that cffi compiles: large ones, damaged ones, old ones, and how they are called from C."""
