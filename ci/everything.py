"""What ``make test-all`` and continuous integration run beyond ``make test``: each part to its end, two at a time.

python3 -m ci.everything              what continuous integration has time for
python3 -m ci.everything --whole      with the long runs: ``make test-all``
python3 -m ci.everything --list       the names of the parts
python3 -m ci.everything python-3.13  one part, and what it needs

A part's output is printed whole when it ends. The last lines say for each part what its own runner said in the end.
PARALLEL=1 runs one part at a time; PYTHONS chooses the interpreters, as for make. What ``make test`` has run on its
interpreter is not run there again.

A new part is a line in `parts`: a name, a program of the project, and what has to be built before it.
"""

from __future__ import annotations

import argparse
import sys
import time

from ci import interpreters, test
from ci.parts import Part, conclude, needed, run_all
from ci.project import Failed, say
from ci.pythons import free_threaded
from tests.upstream.suites import SUITES

EVERYTHING = ("3.11", "3.13")
"""The interpreters on which all Python tests of the project run. On the others only version-dependent tests run."""


def parts(*, whole: bool) -> list[Part]:
    """Returns all parts for the interpreters that are present, the longest first among those with one prerequisite."""
    versions = [found.version for found in interpreters.chosen()]
    done = test.covered()
    full = [version for version in (versions if whole else EVERYTHING) if version in versions]
    rest = [version for version in versions if version not in full]
    main = [version for version in EVERYTHING if version in versions]

    def each(name: str, *arguments: str, on: list[str]) -> list[Part]:
        return [Part(f"{name}-{version}", arguments, version, (f"build-{version}",)) for version in on]

    def new(names: list[str]) -> list[str]:
        return [version for version in names if version not in done]

    slow = {version for suite in SUITES if not suite.quick for version in suite.pythons}
    short = () if whole else ("--quick",)
    return [
        *_free_threaded(whole=whole),
        *(Part(f"build-{version}", ("ci.builds",), version) for version in [*full, *rest]),
        *each("upstream", "tests.upstream", "--all", "--installed", on=new([*full, *rest])),
        *each(
            "upstream",
            "tests.upstream",
            "--slow",
            "--installed",
            on=[v for v in versions if v in done and v in slow],
        ),
        *each("python", "ci.pytests", "--installed", on=new(full)),
        *each("clients", "tests.clients", *short, "--installed", on=main),
        *each("checked", "tests.checked", "--installed", on=main[:1]),
        *each("python", "ci.pytests", "--installed", "--core", on=new(rest)),
        *each("install", "ci.pytests", "--installed", "-m", "matrix", "tests/wheel", on=main[:1]),
        *each("beside", "ci.beside", "--installed", on=main),
        *each("stress", "ci.stress", "--installed", on=versions if whole else main[-1:]),
        *each("exit", "ci.exits", "--installed", "--seconds", "40", on=versions if whole else main),
        *each("guard", "tests.speed", on=main[:1]),
        Part("fuzz", ("ci.fuzz", "--seconds", "20" if whole else "10")),
    ]


def _free_threaded(*, whole: bool) -> list[Part]:
    """Returns the parts for builds without a GIL. CPython itself is built from source in them."""
    if not whole:
        return [Part("free-threaded", ("ci.pythons.free_threaded_tests", "--short"))]
    return [
        Part(f"free-threaded-{version}", ("ci.pythons.free_threaded_tests", version, "--all"))
        for version in (free_threaded.VERSION, free_threaded.WITHOUT_CFFI)
    ]


def main() -> int:
    """Runs the parts and sums up. The exit code is 0 only if all of them held."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="PART", help="only these")
    parser.add_argument("--whole", action="store_true", help="with the long runs")
    parser.add_argument("--list", action="store_true", help="print the names of all parts")
    options = parser.parse_args()
    try:
        everything = parts(whole=options.whole)
    except (Failed, LookupError) as error:
        say(f"failed: {error}")
        return 1
    if options.list:
        print(*(part.name for part in everything), sep="\n")
        return 0
    unknown = set(options.names) - {part.name for part in everything}
    if unknown:
        say(f"failed: no part is called {', '.join(sorted(unknown))} (--list)")
        return 1
    started = time.monotonic()
    ended = run_all(needed(options.names, everything) if options.names else everything, whole=True)
    return conclude("everything else", ended, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
