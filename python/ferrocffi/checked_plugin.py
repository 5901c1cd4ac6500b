"""A pytest plugin that runs a test suite in checked mode: ``python -m pytest -p ferrocffi.checked_plugin``.

Wrong accesses to C memory raise `ferrocffi.AccessError` in the test that makes them. What is only found when memory is
freed, such as C code that has written past the end of an array, goes to ``sys.unraisablehook``; the plugin counts these
and makes the run fail.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

from ferrocffi.checked import VARIABLE, enabled
from ferrocffi.errors import AccessError

os.environ[VARIABLE] = "1"

_found: list[str] = []

_KEY = "ferrocffi_found"
"""The name under which a worker of pytest-xdist gives what it has found to the process that reports."""


def pytest_configure() -> None:
    """Refuse to run where the backend was imported before the mode could be chosen."""
    if not enabled():
        raise pytest.UsageError(f"_cffi_backend was imported before this plugin: set {VARIABLE}=1 instead")


def pytest_report_header() -> str:
    """Say that the tests run checked."""
    return "ferrocffi: checked mode"


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    """Collects the errors that nobody can catch while a test runs."""
    before = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        if isinstance(unraisable.exc_value, AccessError):
            notes = getattr(unraisable.exc_value, "__notes__", [])
            _found.append("\n  ".join([f"{item.nodeid}: {unraisable.exc_value}", *notes]))
        before(unraisable)

    sys.unraisablehook = hook
    yield
    sys.unraisablehook = before


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Shows what was collected."""
    if _found:
        terminalreporter.section("ferrocffi: wrong accesses that no test could catch")
        for text in _found:
            terminalreporter.write_line(text)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes over what a worker of pytest-xdist has collected."""
    _found.extend(getattr(node, "workeroutput", {}).get(_KEY, []))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Makes the run fail if something was collected."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_KEY] = _found
    if _found and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
