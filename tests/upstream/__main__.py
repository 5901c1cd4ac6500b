"""Runs cffi's own suites on this project's backend; fails where stock passes and this project does not.

python3 -m tests.upstream              the quick suites, on every interpreter found
python3 -m tests.upstream --all        all suites
python3 -m tests.upstream --slow       those that are not quick
python3 -m tests.upstream --own        the wheel named cffi in the place of cffi, and no pycparser
python3 -m tests.upstream --record     run the stock backend and record what it passes

With FERROCFFI_CHECKED=1 they run in checked mode; tests/checked/on_purpose.txt lists what it refuses.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from ci import cffi_wheel, environment, interpreters, wheel
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import CACHE, Failed, say
from tests.checked import on_purpose
from tests.upstream import expected, losses
from tests.upstream.execute import execute
from tests.upstream.skips import SKIPS
from tests.upstream.suites import SUITES, Source, Suite


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="the slow suites too (they need a C compiler)")
    parser.add_argument("--slow", action="store_true", help="only the slow suites")
    parser.add_argument("--suite", action="append", metavar="NAME", help="only suites of that name")
    parser.add_argument("--cffi", metavar="VERSION", help="only the suites of that release")
    parser.add_argument("--record", action="store_true", help="record what the stock backend passes")
    parser.add_argument(
        "--live", action="store_true", help="run the stock backend too, instead of its record"
    )
    parser.add_argument(
        "--installed", action="store_true", help="take the backend as installed, build nothing"
    )
    parser.add_argument(
        "--own", action="store_true", help="with the wheel named cffi in the place of cffi, without pycparser"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="show how each test failed")
    options = parser.parse_args()
    ran = bad = 0
    try:
        for suite, interpreter in plan(options):
            ran += 1
            bad += not attempt(suite, interpreter, options)
    except LookupError as error:
        say(f"failed: {error}")
        return 1
    print(f"upstream: {ran - bad} of {ran} suites hold", flush=True)
    return 0 if ran and not bad else 1


def attempt(suite: Suite, interpreter: Interpreter, options: argparse.Namespace) -> bool:
    """Records or checks one suite; what prevents that is reported and counts against it alone."""
    try:
        if not options.record:
            return check(suite, interpreter, options)
        record(suite, interpreter)
    except Failed as error:
        print(f"{title(suite, interpreter)}: FAILED: {error}", flush=True)
        return False
    return True


def plan(options: argparse.Namespace) -> Iterator[tuple[Suite, Interpreter]]:
    """The suites that were asked for, on the interpreters that are there; what is missing is named."""
    here = {found.version: found for found in interpreters.chosen()}
    chosen = [s for s in SUITES if options.cffi in (None, s.source.version)]
    if options.suite:
        chosen = [suite for suite in chosen if suite.name in options.suite]
    elif not options.all:
        chosen = [suite for suite in chosen if suite.quick != options.slow]
    for source in dict.fromkeys(suite.source for suite in chosen):
        for version in source.pythons:
            if version not in here:
                print(f"cffi {source.version} on CPython {version}: not run: not found, or not chosen")
                continue
            for suite in chosen:
                if suite.source == source and version in suite.pythons:
                    yield suite, here[version]


def title(suite: Suite, interpreter: Interpreter) -> str:
    """Returns how a suite is called in the report."""
    return f"cffi {suite.source.version} {suite.name} on CPython {interpreter.version}"


def record(suite: Suite, interpreter: Interpreter) -> None:
    """Writes down what the stock backend passes."""
    into = stock(suite.source, interpreter)
    run = execute(suite, into)
    print(f"{title(suite, interpreter)}: stock: {run.summary()}", flush=True)
    say(f"wrote {expected.write(suite, into, run)}")


def check(suite: Suite, interpreter: Interpreter, options: argparse.Namespace) -> bool:
    """Compares a run on this project's backend with the stock one; True if nothing is lost."""
    into = ours(suite.source, interpreter, build=not options.installed, own=options.own)
    should = None if options.live else expected.read(suite, into)
    if should is None:
        should = execute(suite, stock(suite.source, interpreter)).ids("passed")
    run = execute(suite, into)
    passed = set(run.ids("passed"))
    excused = {test: reason for (name, test), reason in SKIPS.items() if name == suite.name}
    if options.own:
        excused |= {test: reason for test in should if (reason := losses.reason(test))}
    wrong = on_purpose.entries(suite.name) if on_purpose.checked() else []
    skipped = set(excused) | {entry.test for entry in wrong}
    lost = [test for test in should if test not in passed and test not in skipped]
    print(f"{title(suite, interpreter)}: {run.summary()}; the stock backend passes {len(should)}", flush=True)
    if run.texts:
        print("  texts of cdef(): " + ", ".join(f"{count} {kind}" for kind, count in run.texts.items()))
    if lost and not options.live:
        # A record says what another machine could do; only a loss on this one counts.
        here = execute(suite, stock(suite.source, interpreter), only=lost)
        for test in (test for test in lost if test not in here.ids("passed")):
            print(f"  not counted, the stock backend does not pass it here either: {test}")
        lost = here.ids("passed")
    for test in lost:
        result = run.results.get(test)
        print(f"  LOST {test}: {result.outcome if result else 'not run'}")
        if result and options.verbose:
            print("    " + result.detail.replace("\n", "\n    "))
    for test, reason in excused.items():
        print(f"  skipped {test}: {reason}")
    for entry in wrong:
        print(f"  wrong on purpose: {entry.test}: {entry.reason}")
    unnoticed = [entry.test for entry in wrong if entry.test in passed]
    for test in unnoticed:
        print(f"  UNNOTICED {test}: it does something wrong, and passed in checked mode")
    sys.stdout.flush()
    return not lost and not unnoticed and bool(should)


_built: dict[str, Failed | None] = {}
"""Environments that this run has prepared, with what went wrong; no build is tried twice."""


def ours(source: Source, interpreter: Interpreter, *, build: bool, own: bool = False) -> Environment:
    """Returns the environment with this project's backend, built once per run for each interpreter.

    With `own`, it has the wheel named ``cffi``, too, and neither cffi nor pycparser.
    """
    into = environment.own(interpreter) if own else environment.ours(interpreter, source.version)
    name = into.folder.name
    if name not in _built:
        _built[name] = _prepare(interpreter, into, build=build, own=own)
    failure = _built[name]
    if failure is not None:
        raise failure
    return into


def _prepare(interpreter: Interpreter, into: Environment, *, build: bool, own: bool) -> Failed | None:
    try:
        if build:
            wheel.develop(interpreter, into)
            if own:
                cffi_wheel.install(cffi_wheel.build(CACHE / "cffi-wheel"), into)
        wheel.confirm(into)
    except Failed as error:
        return error
    return None


def stock(source: Source, interpreter: Interpreter) -> Environment:
    """Returns the environment without the package."""
    return environment.stock(interpreter, source.version)


if __name__ == "__main__":
    sys.exit(main())
