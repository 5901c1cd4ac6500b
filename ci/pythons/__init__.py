"""Builds of CPython that systems do not have, and the tests on them."""
