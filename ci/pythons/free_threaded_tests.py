"""The tests on a free-threaded build: ``python3 -m ci.pythons.free_threaded_tests [VERSION] [--short | --all] [--installed]``.

1. cffi's quick suites: nothing is lost that the stock backend passes on the same build (on 3.13t, which has no stock
   backend: on the same version with a GIL)
2. the project's tests
3. test_c.py and the project's tests in four threads each, three times

With ``--all`` also the suites that compile modules, and a minute of stress with and without checked mode; with ``--short``,
of the tests that start processes, only those of threads, of the end of the process and of checked mode, and four threads once. After each run the GIL is still off.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from ci import interpreters, pytests
from ci.environment import Environment
from ci.project import CACHE, ROOT, Failed, run, say
from ci.pythons import free_threaded
from tests.upstream import expected, sources
from tests.upstream.execute import execute
from tests.upstream.skips import SKIPS
from tests.upstream.suites import NEWEST, SUITES, Suite

GIL_STAYS_OFF = "the GIL stays off"
"""The name of that test in tests/upstream/plugin."""

TIMES = 3
"""The number of times that each run in threads is repeated."""

THREADS = ("--parallel-threads=4", "--iterations=1")

SHORT = tuple(
    area
    for area in ("threads", "exit", "checked/test_mode.py", "checked/test_table.py")
    if (ROOT / "tests" / area).exists()
)
"""Areas whose tests start processes, and some tests of checked mode; they run even with ``--short``."""

_STARTS_SLOWLY = (
    "cffi's code for embedding spins in every thread that waits for Python to start, and CPython 3.13t lets other threads"
    " go first again and again while it starts: on two cores a start takes a minute, and the test starts it often"
)

NOT_HERE: dict[tuple[str, str, str], str] = {
    ("3.13t", "embedding", "testing/embedding/test_thread.py::TestThread::" + name): _STARTS_SLOWLY
    for name in ("test_first_calls_in_parallel", "test_load_in_parallel_more")
}
"""Tests that cannot pass on this build, by (version, suite, test), and the reasons. The suite runs without them."""


def known(suite: Suite, into: Environment) -> tuple[list[str], str]:
    """Returns the tests that the stock backend passes, and the kind of build on which it does."""
    if into.version in interpreters.FREE_THREADED:
        return expected.read(suite, into) or [], "here"
    with_gil = dataclasses.replace(into, version=into.version.rstrip("td"))
    return expected.read(suite, with_gil) or [], "with a GIL"


def upstream(suite: Suite, into: Environment) -> bool:
    """Returns whether this project passes all tests that the stock backend passes."""
    passes, where = known(suite, into)
    not_here = {
        test: reason
        for (version, name, test), reason in NOT_HERE.items()
        if (version, name) == (into.version, suite.name)
    }
    not_here |= {
        test: reason for (name, test), reason in SKIPS.items() if name == suite.name and test in passes
    }
    should = [test for test in dict.fromkeys([*passes, GIL_STAYS_OFF]) if test not in not_here]
    # The plugin checks the GIL of the process that runs the tests, so there must be only one process.
    done = execute(dataclasses.replace(suite, workers=0), into, should if not_here else None)
    passed = set(done.ids("passed"))
    lost = [test for test in should if test not in passed]
    print(f"{suite.name}: {done.summary()}; {where} the stock backend passes {len(passes)}", flush=True)
    for test, reason in not_here.items():
        print(f"  not here: {test}: {reason}", flush=True)
    for test in lost:
        print(f"  LOST {test}: {done.results.get(test)}", flush=True)
    return bool(passes) and not lost


def project(into: Environment, *, short: bool) -> None:
    """Runs the project's tests, and the tests in four threads."""
    folder = CACHE / "free-threaded-tests"
    test_c = sources.unpack(NEWEST, folder) / "src" / "c" / "test_c.py"
    areas = [f"tests/{area}" for area in pytests.IN_PROCESS]
    runs: list[list[str | Path]] = [[f"tests/{area}" for area in SHORT] if short else ["tests"]]
    for _ in range(1 if short else TIMES):
        runs += [[test_c, *THREADS], [*areas, *THREADS]]
    for arguments in runs:
        say(f"pytest {' '.join(map(str, arguments))}")
        command = [into.python, "-m", "pytest", "-q", "-p", "tests.threads.gil_stays_off", *arguments]
        run(command, env={"PYTHONPATH": str(ROOT)})


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("version", nargs="?", choices=free_threaded.VERSIONS, default=free_threaded.VERSION)
    parser.add_argument("--all", action="store_true", help="the slow suites too, and a minute of stress")
    parser.add_argument("--short", action="store_true", help="what continuous integration has time for")
    parser.add_argument(
        "--installed", action="store_true", help="take the backend as installed, build nothing"
    )
    options = parser.parse_args()
    try:
        into = free_threaded.prepare(free_threaded.ensure(options.version), build=not options.installed)
        suites = [s for s in SUITES if s.source == NEWEST and (s.quick or options.all)]
        bad = [suite.name for suite in suites if not upstream(suite, into)]
        if bad:
            raise Failed(f"lost tests in {', '.join(bad)}")
        project(into, short=options.short)
        if options.all:
            for checked in ("0", "1"):
                env = {"PYTHONPATH": str(ROOT), "FERROCFFI_CHECKED": checked}
                run([into.python, "-m", "tests.threads.stress", "60"], env=env)
    except Failed as error:
        say(f"failed: {error}")
        return 1
    print(f"free-threaded {options.version}: all tests passed", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
