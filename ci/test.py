"""What must hold before a change goes in: ``make test``, for the interpreters of PYTHONS, or else for this one.

python3 -m ci.test             all parts, two at a time
python3 -m ci.test rust        one of them, and what it needs
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from ci import environment, interpreters
from ci.parts import Part, conclude, needed, run_all
from ci.project import Failed, say

PARTS = [
    Part("build", ("ci.builds", "--no-clients")),
    Part("rust", ("ci.rust", "test")),
    Part("backend", ("ci.pytests", "--installed", "--backend"), after=("build",)),
    Part("front", ("ci.pytests", "--installed", "--front"), after=("build",)),
    Part("upstream", ("tests.upstream", "--installed"), after=("build",)),
    Part("lint", ("ci.lint",)),
]
"""The parts. Among those with the same prerequisite the longest is first."""


def covered() -> list[str]:
    """Returns the versions that the tests run on."""
    if os.environ.get("PYTHONS"):
        return [found.version for found in interpreters.chosen()]
    return [environment.this_python().version]


def main() -> int:
    """Runs the parts and sums up. The exit code is 0 only if all of them held."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[[], *(part.name for part in PARTS)], metavar="PART")
    names = parser.parse_args().names
    try:
        versions = covered()
    except (Failed, LookupError) as error:
        say(f"failed: {error}")
        return 1
    say(f"testing on CPython {', '.join(versions)}")
    os.environ["PYTHONS"] = os.environ.get("PYTHONS") or str(environment.this_python().path)
    started = time.monotonic()
    ended = run_all(needed(names, PARTS) if names else PARTS, whole=False)
    return conclude("make test", ended, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
