"""Compares the parser of this project with the genuine `cffi.cparser` on generated and mutated programs."""
