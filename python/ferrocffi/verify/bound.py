"""The headers of a module of ``ferrocffi bind``, which its text names."""

from __future__ import annotations

import re
import shlex

from ferrocffi import libraries
from ferrocffi.arguments import bind_wish
from ferrocffi.binding import Refused, Wish, define
from ferrocffi.verify.compiler import Source


def wish_of(path: str, text: str) -> Wish:
    """Returns the options that a module was made with."""
    found = re.search(r"^# (ferrocffi bind .*)$", text[:100_000], re.MULTILINE)
    if not found:
        raise Refused(f"{path} was not made by ferrocffi bind")
    wish = bind_wish(shlex.split(found[1])[2:])
    wish.output = path
    return wish


def source_of(wish: Wish) -> Source:
    """Returns the headers and the options for the compiler."""
    found = libraries.package(wish.packages) if wish.packages else libraries.Package()
    return Source(
        [*wish.before, *wish.headers],
        [*wish.include_dirs, *found.include_dirs],
        [*found.defines, *(define(word) for word in wish.defines)],
        wish.std,
    )
