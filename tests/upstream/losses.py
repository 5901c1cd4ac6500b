"""Upstream tests that the wheel named ``cffi`` does not pass, although cffi itself does; each with the reason."""

from __future__ import annotations

_OLD_FORMAT = "it looks into the module that cffi's old generator of verify() makes; here verify() makes an API module"
_OWN_PARSER = (
    "it compiles the C parser of the stock backend through verify(), beside a second copy of its own header"
)

LOSSES: dict[tuple[str, str], str] = {}
"""(suite, test id, or the start of several) to the reason, in a sentence."""
