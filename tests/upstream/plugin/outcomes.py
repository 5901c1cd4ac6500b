"""A pytest plugin (``-p outcomes``): one JSON line per event, written at once so that a crash loses none.

It runs inside the suite's environment and imports nothing of the project. UPSTREAM_EVENTS names the file
to write; UPSTREAM_ONLY and UPSTREAM_DONE name files with test ids to keep and to leave out. With UPSTREAM_PARSER
all tests use the parser of the backend.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from pathlib import Path

import pytest

GIL_STAYS_OFF = "the GIL stays off"
"""Counts as one more test on a build that can do without: nothing that was imported has switched it on."""


def _ids(variable: str) -> set[str] | None:
    name = os.environ.get(variable)
    return set(Path(name).read_text(encoding="utf-8").splitlines()) if name else None


class Recorder:
    """Writes what happens to every test."""

    def __init__(self, path: str) -> None:
        self.file = Path(path).open("a", encoding="utf-8")  # noqa: SIM115 (open as long as the process)

    def write(self, event: str, test: str, detail: str = "") -> None:
        """One event; flushed, because the next test may kill the process."""
        self.file.write(json.dumps({"event": event, "test": test, "detail": detail}) + "\n")
        self.file.flush()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self.write("start", nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A phase of a test ended: only what decides its outcome is kept."""
        if report.failed:
            self.write("failed", report.nodeid, report.longreprtext[-4000:])
        elif report.skipped:
            xfailed = hasattr(report, "wasxfail")
            self.write("xfailed" if xfailed else "skipped", report.nodeid, str(report.longrepr))
        elif report.when == "call":
            self.write("passed", report.nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A test ended."""
        self.write("finish", nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported counts as a failing test of that name."""
        if report.failed:
            self.write("failed", report.nodeid, str(report.longrepr)[-4000:])
            self.write("finish", report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """All tests have run."""
        counts = getattr(sys.modules.get("_cffi_backend"), "_cdef_counts", None)
        if counts is not None:
            with Path(os.environ["UPSTREAM_EVENTS"] + ".texts").open("a", encoding="utf-8") as file:
                file.write(json.dumps(counts()) + "\n")
        if sysconfig.get_config_var("Py_GIL_DISABLED"):
            self.write("failed" if sys._is_gil_enabled() else "passed", GIL_STAYS_OFF)


def _replace_parser() -> None:
    """Gives every FFI the backend's parser, those with another backend too, which the backend does not hear of."""
    import cffi.cparser

    parser = cffi.FFI()._parser
    cffi.cparser._genuine_parser = cffi.cparser.Parser
    cffi.cparser.Parser = parser._fresh


def pytest_configure(config: pytest.Config) -> None:
    """Records in the process that sees all reports, not in the workers of pytest-xdist."""
    if os.environ.get("UPSTREAM_PARSER"):
        _replace_parser()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(os.environ["UPSTREAM_EVENTS"]))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not asked for."""
    only, done = _ids("UPSTREAM_ONLY"), _ids("UPSTREAM_DONE")
    gone = [i for i in items if (only is not None and i.nodeid not in only) or (done and i.nodeid in done)]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in set(gone)]
