"""The tests on the free-threaded build: ``python3 -m ci.free_threaded_tests [--short | --all] [--installed]``.

1. cffi's quick suites: nothing is lost that the stock backend passes on the same version with a GIL
2. the project's tests
3. test_c.py and the project's tests in four threads each, three times

With ``--all`` also the suites that compile modules, and a minute of stress; with ``--short`` no tests that start a
process for each, and threads once. After each run the GIL is still off.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from ci import free_threaded, pytests
from ci.environment import Environment
from ci.project import CACHE, ROOT, Failed, run, say
from tests.upstream import expected, sources
from tests.upstream.execute import execute
from tests.upstream.suites import NEWEST, SUITES, Suite

GIL_STAYS_OFF = "the GIL stays off"
"""What tests/upstream/plugin calls it."""

TIMES = 3
"""How often each run in threads is repeated."""

THREADS = ("--parallel-threads=4", "--iterations=1")

NOT_HERE: dict[tuple[str, str], str] = {}
"""(suite, test) to the reason why it cannot pass on this build."""


def upstream(suite: Suite, into: Environment) -> bool:
    """Whether this project passes what the stock backend passes on the same version with a GIL."""
    with_gil = dataclasses.replace(into, version=into.version.rstrip("td"))
    should = [*(expected.read(suite, with_gil) or []), GIL_STAYS_OFF]
    # The plugin looks for the GIL in the process that runs the tests, so there is only one.
    done = execute(dataclasses.replace(suite, workers=0), into)
    passed = set(done.ids("passed"))
    lost = [test for test in should if test not in passed]
    print(
        f"{suite.name}: {done.summary()}; with a GIL the stock backend passes {len(should) - 1}", flush=True
    )
    for test in lost:
        reason = NOT_HERE.get((suite.name, test))
        result = done.results.get(test)
        print(f"  not here: {test}: {reason}" if reason else f"  LOST {test}: {result}", flush=True)
    return len(should) > 1 and all((suite.name, test) in NOT_HERE for test in lost)


def project(into: Environment, *, short: bool) -> None:
    """The project's tests, and everything in four threads."""
    folder = CACHE / "free-threaded-tests"
    test_c = sources.unpack(NEWEST, folder) / "src" / "c" / "test_c.py"
    areas = [f"tests/{area}" for area in pytests.IN_PROCESS]
    runs: list[list[str | Path]] = [["tests/threads"] if short else ["tests"]]
    for _ in range(1 if short else TIMES):
        runs += [[test_c, *THREADS], [*areas, *THREADS]]
    for arguments in runs:
        say(f"pytest {' '.join(map(str, arguments))}")
        command = [into.python, "-m", "pytest", "-q", "-p", "tests.threads.gil_stays_off", *arguments]
        run(command, env={"PYTHONPATH": str(ROOT)})


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="the slow suites too, and a minute of stress")
    parser.add_argument("--short", action="store_true", help="what continuous integration has time for")
    parser.add_argument(
        "--installed", action="store_true", help="take the backend as installed, build nothing"
    )
    options = parser.parse_args()
    try:
        into = free_threaded.prepare(free_threaded.ensure(), build=not options.installed)
        suites = [s for s in SUITES if s.source == NEWEST and (s.quick or options.all)]
        bad = [suite.name for suite in suites if not upstream(suite, into)]
        if bad:
            raise Failed(f"lost tests in {', '.join(bad)}")
        project(into, short=options.short)
        if options.all:
            run([into.python, "-m", "tests.threads.stress", "60"], env={"PYTHONPATH": str(ROOT)})
    except Failed as error:
        say(f"failed: {error}")
        return 1
    print("free-threaded build: all tests passed", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
