"""A pytest plugin (``-p tests.leaks.repeated``): runs the body of each test again and again, and looks for leaks.

Needs a debug build of CPython, which counts all references (`sys.gettotalrefcount`). A test whose references or
blocks grow with each of a few repetitions is run `MANY` times more; if they still grow by one or more each time,
it fails. Tests with the mark ``keeps`` are not repeated, as they keep what their reason says. A test that cannot run
a second time (its fixtures have been used up) or takes long is counted and named at the end.
"""

from __future__ import annotations

import gc
import sys
import time
from typing import Any

import pytest

WARM_UP = 3
FEW = 3
MANY = 12
LONGEST = 1.0
"""Seconds that a test may take to be repeated. Those that take longer start processes, and leave nothing in this one."""

_not_repeated: list[str] = []
_repeated: list[str] = []


class Leak(AssertionError):
    """What a test left behind each time."""


def pytest_configure() -> None:
    """Refuse an interpreter that does not count."""
    if not hasattr(sys, "gettotalrefcount"):
        raise pytest.UsageError("this CPython is not a debug build")


def pytest_collection_finish() -> None:
    """What is there before the first test needs no look at each collection: this makes them quick."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs the function as pytest does, then again."""
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    keeps = pyfuncitem.get_closest_marker("keeps")
    if keeps:
        _not_repeated.append(f"{pyfuncitem.nodeid}: keeps {keeps.args[0]}")
        return None
    started = time.monotonic()
    pyfuncitem.obj(**arguments)
    if time.monotonic() - started > LONGEST:
        _not_repeated.append(f"{pyfuncitem.nodeid}: took more than {LONGEST} s")
        return True
    try:
        for _ in range(WARM_UP):
            _again(pyfuncitem.obj, arguments)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        _not_repeated.append(f"{pyfuncitem.nodeid}: {type(error).__name__}: {str(error).splitlines()[:1]}")
        return True
    _repeated.append(pyfuncitem.nodeid)
    growth = _growth(pyfuncitem.obj, arguments, FEW)
    # Each time, not in the sum: caches that fill up are no leak.
    if any(all(step > 0 for step in steps) for steps in growth):
        references, blocks = (sum(steps) for steps in _growth(pyfuncitem.obj, arguments, MANY))
        if references >= MANY or blocks >= MANY:
            raise Leak(f"{MANY} repetitions left {references} references and {blocks} blocks")
    return True


def _growth(function: Any, arguments: dict[str, Any], times: int) -> tuple[list[int], list[int]]:
    """Returns how references and blocks changed with each run."""
    references, blocks = [0] * times, [0] * times
    last = _measure()
    for i in range(times):
        _again(function, arguments)
        now = _measure()
        references[i], blocks[i] = now[0] - last[0], now[1] - last[1]
        last = now
    return references, blocks


def _again(function: Any, arguments: dict[str, Any]) -> None:
    """Runs it once more, without what it patched the last time, which pytest keeps to put it back."""
    patch = arguments.get("monkeypatch")
    if patch is not None:
        patch.undo()
    function(**arguments)


def _measure() -> tuple[int, int]:
    """Returns the counts, after what is only waiting to be freed has been freed."""
    gc.collect()
    getattr(sys, "_clear_internal_caches", lambda: None)()
    gc.collect()
    return sys.gettotalrefcount(), sys.getallocatedblocks()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how much was repeated, and what was not."""
    terminalreporter.write_line(f"{len(_repeated)} tests repeated, {len(_not_repeated)} not:")
    for line in _not_repeated:
        terminalreporter.write_line(f"  {line}")
