"""Put a quick build of the backend into every environment that tests run in: ``python3 -m ci.builds [--no-clients]``.

What is run beside others takes the backend as it is installed then (``--installed``): no part may replace it
while another one uses it.
"""

from __future__ import annotations

import sys

from ci import environment, interpreters, wheel
from ci.project import FRONT_ENDS, NEWEST_CFFI, done, say
from tests.clients import prepare
from tests.clients.suites import PYTHONS
from tests.upstream.suites import SUITES


def builds() -> None:
    """For every interpreter that is chosen; PYTHONS says which."""
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
