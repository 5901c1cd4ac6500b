"""Packages from PyPI whose modules were compiled against the stock backend, run on this project's.

``python3 -m tests.clients --help`` explains how. Wheels and source distributions come by pinned version
and hash; nothing of them is part of this repository.
"""
