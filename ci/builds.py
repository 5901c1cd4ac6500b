"""Puts a quick build of the backend into every environment that tests run in: ``python3 -m ci.builds [--no-clients]``.

Parts that run side by side use the backend that is installed at that time (``--installed``), since no part may
replace it while another one uses it.
"""

from __future__ import annotations

import sys

from ci import environment, interpreters, wheel
from ci.project import FRONT_ENDS, NEWEST_CFFI, done, say
from tests.clients import prepare
from tests.clients.suites import PYTHONS
from tests.upstream.suites import SUITES


def builds() -> None:
    """Makes a build for every interpreter that is chosen (by PYTHONS)."""
    with_clients = "--no-clients" not in sys.argv[1:] and prepare.can_run()
    for interpreter in interpreters.chosen():
        releases = {s.source.version for s in SUITES if interpreter.version in s.pythons}
        for release in sorted(releases & FRONT_ENDS.keys() | {NEWEST_CFFI}):
            into = environment.ours(interpreter, release)
            wheel.develop(interpreter, into)
            say(f"ready: {into.python}")
        if with_clients and interpreter.version in PYTHONS:
            say(f"ready: {prepare.ours(interpreter, build=True).python}")


if __name__ == "__main__":
    sys.exit(done(builds))
