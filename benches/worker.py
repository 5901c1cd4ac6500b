"""A process that prepares and times operations for the driver: ``python -m benches.worker ROLE BUILD``.

One JSON object per line comes in and one goes out. ``{"prepare": [group, index], "budget": s}`` sets an
operation up, confirms its result and finds out how often it fits into `s` seconds; ``{"run": true}`` times
that many executions and answers with nanoseconds per execution.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import re
import sys
import textwrap
import traceback
from collections.abc import Callable
from pathlib import Path
from time import thread_time_ns
from typing import Any

from benches.fixtures import NAMES, PEERS
from benches.groups import group
from benches.model import Code, Operation

UNROLLED = 10
"""How many copies of the statement one turn of the loop has, so that the loop itself does not count."""

Timer = Callable[[Any, Any], int]


class Wrong(Exception):
    """An operation whose result is not what its check expects."""


def compiled(code: Code, names: dict[str, Any], unrolled: int) -> Timer:
    """Sets the operation up, confirms it, and makes the function that times turns of its loop."""
    names = dict(names)
    before = set(names)
    exec(code.setup, names)
    exec(code.statement, names)
    if not eval(code.check, names):
        raise Wrong(f"not true after {code.statement!r}: {code.check}")
    bound = sorted(name for name in {*before, *names} if not name.startswith("__"))
    body = textwrap.indent("\n".join([code.statement] * unrolled), " " * 8).lstrip()
    source = (
        f"def timed(turns, clock, {', '.join(f'{name}={name}' for name in bound)}):\n"
        f"    start = clock()\n"
        f"    for _ in turns:\n"
        f"        {body}\n"
        f"    return clock() - start\n"
    )
    exec(source, names)
    timer: Timer = names["timed"]
    return timer


class Prepared:
    """An operation ready to be timed."""

    def __init__(self, code: Code, names: dict[str, Any], budget: float) -> None:
        once = compiled(code, names, 1)
        cost = min(once(itertools.repeat(None, 3), thread_time_ns) / 3 for _ in range(3))
        self.unrolled = UNROLLED if cost < 20_000 else 1
        self.timer = compiled(code, names, self.unrolled) if self.unrolled > 1 else once
        # The first runs are slow: the interpreter has yet to adapt its code.
        self.turns = 1
        for _ in range(4):
            cost = self.run()
            self.turns = max(1, int(budget * 1e9 / (max(cost, 1.0) * self.unrolled)))

    def run(self) -> float:
        """Nanoseconds per execution, over one short run."""
        return self.timer(itertools.repeat(None, self.turns), thread_time_ns) / (self.turns * self.unrolled)


def code_for(role: str, operation: Operation, names: dict[str, Any] | None = None) -> Code | None:
    """Returns the way in which a role does the operation, or None if it does not.

    The peers run the code of the extension written by hand, with another module under its name. With `names`, those of the role,
    the answer is None as well if its module lacks a function.
    """
    if role in PEERS or role == "limit":
        code = operation.limit
        if code is not None and names is not None:
            used = re.findall(r"\blimit\.(\w+)", f"{code.setup}\n{code.statement}")
            if not all(hasattr(names["limit"], name) for name in used):
                return None
        return code
    codes = {"ctypes": operation.ctypes, "extension": operation.extension}
    return codes.get(role, operation.cffi)


def main() -> int:
    """Serves requests until the input ends."""
    role, build = sys.argv[1], Path(sys.argv[2])
    if sys.platform == "linux":
        # All on the same processor: two may differ in speed, and keep doing so for a while.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    answers = sys.stdout
    sys.stdout = sys.stderr
    names = NAMES[role](build)
    gc.disable()  # as timeit does; what is left over is collected between operations
    prepared: Prepared | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "prepare" in request:
                key, index = request["prepare"]
                operation = group(key).operations[index]
                assert isinstance(operation, Operation)
                code = code_for(role, operation, names)
                prepared = None
                gc.collect()
                if code is not None:
                    prepared = Prepared(code, names, request["budget"])
                answer: dict[str, Any] = {"ready": prepared is not None}
            else:
                assert prepared is not None
                answer = {"ns": prepared.run()}
        except Exception:
            answer = {"error": traceback.format_exc(limit=-1).strip().splitlines()[-1]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
