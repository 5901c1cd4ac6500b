"""What runs under callgrind: ``python -m tests.speed.loops BUILD``.

Each operation is executed `n` times and then `2 n` times; callgrind writes its counts down and begins anew
whenever `getppid` is called. The difference of the two is the cost of `n` executions, with whatever a loop
costs besides taken away.
"""

from __future__ import annotations

import gc
import itertools
import os
import sys
from pathlib import Path

from benches.fixtures import cffi_names
from benches.worker import compiled
from tests.speed.operations import GUARDED, code


def main() -> int:
    """Runs all loops."""
    names = cffi_names(Path(sys.argv[1]))
    gc.disable()
    for name, times in GUARDED.items():
        timer = compiled(code(name), names, 1)
        # The interpreter adapts its code in the first executions.
        timer(itertools.repeat(None, 64), int)
        gc.collect()
        os.getppid()
        timer(itertools.repeat(None, times), int)
        os.getppid()
        timer(itertools.repeat(None, 2 * times), int)
        os.getppid()
    return 0


if __name__ == "__main__":
    sys.exit(main())
