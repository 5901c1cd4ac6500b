"""Runs the self-test in a process of its own, and says which check a crash happened in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from ferrocffi.search import is_frozen
from ferrocffi.selftest import CHECKS, ONLY_OURS, Result, run

LIMIT = 120
"""Seconds without a result after which the process counts as hung."""


def planned(*, ours: bool) -> list[tuple[str, str]]:
    """Group and name of the checks that are going to run."""
    return [(group, name) for group, name, function in CHECKS if ours or function not in ONLY_OURS]


def results(*, ours: bool) -> Iterator[Result]:
    """The results as they come. A process that dies gives a failed result for the check that it was in."""
    if is_frozen() or not sys.executable:
        yield from run(ours=ours)
        return
    program = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
        "from ferrocffi.selftest import main; sys.exit(main(ours=sys.argv[2] == 'ours'))"
    )
    # What is checked is what this process imports, whatever has changed its path.
    command = [sys.executable, *_options(), "-c", program, json.dumps(sys.path), "ours" if ours else "other"]
    waiting = planned(ours=ours)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            if not line.startswith("{"):
                continue
            result = Result(**json.loads(line))
            waiting.remove((result.group, result.name))
            yield result
        said = process.stderr.read().strip().splitlines()
        code = process.wait(LIMIT)
    if waiting:
        group, name = waiting[0]
        end = f"signal {-code}" if code < 0 else f"exit code {code}"
        detail = f"the process ended here with {end}" + (f": {said[-1]}" if said else "")
        yield Result(group, name, False, detail, 0.0)


def _options() -> list[str]:
    """Returns the options of this interpreter that decide what an import finds."""
    flags = sys.flags
    chosen = [("-I", flags.isolated), ("-E", flags.ignore_environment), ("-s", flags.no_user_site)]
    options = [option for option, given in chosen if given]
    if getattr(flags, "safe_path", False) and not flags.isolated:
        options.append("-P")
    return [*options, "-B"] if sys.dont_write_bytecode else options
