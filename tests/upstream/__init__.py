"""cffi's own test suites, unmodified, run on the stock backend and on this project's.

``python3 -m tests.upstream --help`` explains how. The suites come from cffi's source distributions,
by pinned version and hash, and are never part of this repository.
"""
