"""Signatures of functions, generated: every kind of value as argument, result, argument of a callback, and after `...`.

``python -m tests.call.signatures --count 20000 --seed 7 --compiler gcc`` checks as many as are asked for. The suite checks
a few of a fixed seed.
"""
