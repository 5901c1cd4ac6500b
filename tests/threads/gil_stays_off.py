"""A pytest plugin: fails the run if the GIL is on at its end, on a build that can do without."""

from __future__ import annotations

import sys
import sysconfig

import pytest


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Something that was imported or run may have switched it on."""
    if sysconfig.get_config_var("Py_GIL_DISABLED") and sys._is_gil_enabled():
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        print("\nthe GIL has been switched on", flush=True)
