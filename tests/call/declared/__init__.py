"""Functions, generated as C declarations: what C sets, Python passes on, and C compares; in ABI mode and in API mode.

``python -m tests.call.declared --count 2000 --seed 7 --compiler gcc`` checks as many functions as are asked for. The suite
checks a few of a fixed seed.

`tests.call.signatures` makes ctypes, and compares bytes. Here types are text that `cdef()` reads, with attributes, and
members that C code sets and compares one by one, so it depends on no layout of this project.
"""
