"""Stubs that `ferrocffi stubs` writes: modules of all kinds, programs that are right, and programs that are wrong."""
