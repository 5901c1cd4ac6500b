"""Upstream tests that are not expected to pass here although they pass on the stock backend."""

from __future__ import annotations

SKIPS: dict[tuple[str, str], str] = {}
"""(suite, test id) to the reason, in a sentence. Empty: nothing is skipped."""
