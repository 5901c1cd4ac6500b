"""What checked mode costs: ``python3 -m tests.checked.cost [--group KEY ...] [--no-build] [--limits]``.

Counts the instructions of each operation of the benchmark under callgrind, without checked mode and with it, and prints the
ratios. With ``--limits`` the exit code is not 0 if one is above 10, or their geometric mean above 3.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys

from benches.counts import count
from benches.prepare import Bench, prepare
from ci import environment, interpreters
from ci.project import Failed, say

WORST = 10.0
MEAN = 3.0


def ratios(bench: Bench, keys: list[str]) -> dict[str, tuple[float, float]]:
    """Returns the instructions of each operation without and with checked mode."""
    found = []
    for value in ("0", "1"):
        os.environ["FERROCFFI_CHECKED"] = value
        found.append(count(bench, "ours", keys, ["ours", "stock"]))
    off, on = found
    return {f"{key}: {name}": (off[key, name], on[key, name]) for key, name in off if (key, name) in on}


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--group", action="append", default=[], help="only this one")
    parser.add_argument("--no-build", action="store_true", help="take the backend that is installed already")
    parser.add_argument("--limits", action="store_true", help="fail above the limits")
    options = parser.parse_args()
    try:
        kept = True
        for interpreter in interpreters.chosen() if os.environ.get("PYTHONS") else [environment.this_python()]:
            bench = prepare(interpreter, build_wheel=not options.no_build)
            counts = ratios(bench, options.group)
            times = {name: on / off for name, (off, on) in counts.items()}
            for name in sorted(times, key=lambda name: -times[name]):
                off, on = counts[name]
                print(f"{times[name]:6.2f} {off:12,.0f} -> {on:12,.0f}  {name}")
            mean, worst = statistics.geometric_mean(times.values()), max(times.values())
            print(
                f"checked mode: CPython {bench.version}: {len(times)} operations, {mean:.2f} times the instructions "
                f"(geometric mean), {worst:.2f} at most",
                flush=True,
            )
            kept = kept and worst <= WORST and mean <= MEAN
    except (Failed, LookupError) as error:
        say(f"failed: {error}")
        return 1
    return 0 if kept or not options.limits else 1


if __name__ == "__main__":
    sys.exit(main())
