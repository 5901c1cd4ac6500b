"""The guard: ``python3 -m tests.speed [--record] [--no-build]``."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys

from benches.prepare import prepare
from ci import environment, interpreters
from ci.interpreters import Interpreter
from ci.project import Failed, output, say
from tests.speed import record
from tests.speed.callgrind import count
from tests.speed.operations import GUARDED


def _guard(interpreter: Interpreter, options: argparse.Namespace) -> bool:
    recorded = record.load().get(interpreter.version)
    if not options.record and not recorded:
        say(f"guard skipped: nothing is recorded for CPython {interpreter.version} (make guard-record)")
        return True
    if not options.record and recorded and recorded["made"]["machine"] != platform.machine():
        say(f"guard skipped: recorded on {recorded['made']['machine']}, this is {platform.machine()}")
        return True
    bench = prepare(interpreter, build_wheel=not options.no_build)
    made = record.Made(
        output([bench.ours.python, "-c", "import sys; print(sys.version)"]).strip(),
        platform.machine(),
        "release",
        output(["rustc", "--version"]).strip(),
    )
    say(f"counting {len(GUARDED)} operations on CPython {interpreter.version} under callgrind")
    counts = count(bench)
    if options.record:
        record.save(interpreter.version, made, counts)
        for name, one in counts.items():
            print(f"{one.own:12,.1f} own {one.total:12,.1f} in all  {name}")
        say(f"recorded in {record.RECORD}")
        return True
    assert recorded
    changes = record.compare(recorded, made, counts)
    if recorded["made"] != made.__dict__:
        say(f"the record was made with {recorded['made']}, this is {made.__dict__}")
    for change in changes:
        word = "SLOWER" if change.slower else "faster" if change.faster else "same"
        print(f"{word:7} {change.then:12,.1f} -> {change.now:12,.1f} {change.kind:5}  {change.name}")
    if missing := set(GUARDED) - set(recorded["operations"]):
        say(f"not recorded yet: {', '.join(sorted(missing))}")
    slower = sorted({change.name for change in changes if change.slower})
    if any(change.faster for change in changes) and not slower:
        say("faster than recorded: make guard-record holds that")
    print(
        f"guard: CPython {interpreter.version}: {len(slower)} of {len(GUARDED)} operations slower", flush=True
    )
    return not slower


def main() -> int:
    """0 if no operation got slower, or if it cannot be told here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="write the counts down instead of comparing")
    parser.add_argument("--no-build", action="store_true", help="take the backend that is installed already")
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        say("guard skipped: valgrind is missing (on Debian: apt install valgrind)")
        return 1 if options.record else 0
    try:
        chosen = interpreters.chosen() if os.environ.get("PYTHONS") else [environment.this_python()]
        kept = [_guard(interpreter, options) for interpreter in chosen]
    except (Failed, LookupError) as error:
        say(f"failed: {error}")
        return 1
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
