"""Instructions of each operation under callgrind, by role: ``python3 -m benches.counts [--group KEY ...] [--role ROLE ...]``.

Counts need no quiet machine. Each role runs in one process under valgrind, where each operation is executed `n` times and then
`2 n` times; the difference is the cost of `n` executions. All instructions of the process count, the interpreter's too.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benches.fixtures import NAMES, PEERS
from benches.groups import GROUPS
from benches.measure import ROLES
from benches.model import Group, Operation
from benches.prepare import ENVIRONMENT, Bench, prepare
from benches.worker import code_for, compiled
from ci import environment, interpreters
from ci.project import CACHE, Failed, run, say

TIMES = {"bulk": 5, "failures": 100, "types": 50}
"""How often an operation is executed in the shorter loop, by group; 300 times in others."""
DEFAULT = ("ours", "limit")


def _operations(keys: list[str], roles: list[str]) -> Iterator[tuple[Group, Operation]]:
    """Yields the operations that one of the roles besides ours does, too."""
    for group in GROUPS:
        if not keys or group.key in keys:
            for operation in group.operations:
                if isinstance(operation, Operation) and any(
                    code_for(role, operation) is not None for role in roles if role != "ours"
                ):
                    yield group, operation


def loops(role: str, build: Path, keys: list[str], roles: list[str]) -> None:
    """Runs all loops of a role; what it prints are the names of the operations that ran, in order."""
    names = NAMES[role](build)
    gc.disable()
    done = []
    for group, operation in _operations(keys, roles):
        code = code_for(role, operation, names)
        if code is None:
            continue
        timer = compiled(code, names, 1)
        # The interpreter adapts its code in the first executions.
        timer(itertools.repeat(None, 64), int)
        gc.collect()
        times = 2 if "1,000 times" in operation.name else TIMES.get(group.key, 300)
        os.getppid()
        timer(itertools.repeat(None, times), int)
        os.getppid()
        timer(itertools.repeat(None, 2 * times), int)
        os.getppid()
        done.append((group.key, operation.name, times))
    print(json.dumps(done))


def count(bench: Bench, role: str, keys: list[str], roles: list[str]) -> dict[tuple[str, str], float]:
    """Returns the instructions of each operation that the role has; raises `Failed`."""
    with tempfile.TemporaryDirectory() as folder:
        out, said = Path(folder) / "counts", Path(folder) / "said"
        command: list[str | Path] = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        command += ["--dump-before=getppid", bench.python(role), "-m", "benches.counts"]
        command += ["--loops", role, "--build", bench.build, "--said", said]
        for key in keys:
            command += ["--group", key]
        for one in roles:
            command += ["--role", one]
        run(command, env={**ENVIRONMENT, "PYTHONMALLOC": "pymalloc", "LC_ALL": "C"}, quiet=True)
        done = json.loads(said.read_text())
        parts: list[int] = []
        while (path := Path(f"{out}.{len(parts) + 1}")).exists():
            with path.open() as lines:
                parts.append(next(int(line.split()[1]) for line in lines if line.startswith("totals:")))
    if len(parts) != 3 * len(done):
        raise Failed(f"callgrind wrote {len(parts)} parts where {3 * len(done)} were expected")
    return {
        (key, name): (parts[3 * n + 2] - parts[3 * n + 1]) / times
        for n, (key, name, times) in enumerate(done)
    }


def table(bench: Bench, roles: list[str], keys: list[str]) -> tuple[list[str], dict[str, dict[str, float]]]:
    """Returns the lines of a Markdown table of all roles, and its numbers by operation and role."""
    counts = {role: count(bench, role, keys, roles) for role in roles}
    others = [role for role in roles if role != "ours"]
    lines, numbers = [], {}
    for group in GROUPS:
        own = [operation for found, operation in _operations(keys, roles) if found is group]
        if not own:
            continue
        lines += ["", f"## {group.title}", "", f"| instructions | {' | '.join(roles)} | ours / {others[0]} |"]
        lines += ["|---" + "|--:" * (len(roles) + 1) + "|"]
        ratios: dict[str, list[float]] = {role: [] for role in others}
        for operation in own:
            found = {role: counts[role].get((group.key, operation.name)) for role in roles}
            ours = found.get("ours")
            cells = [f"{value:,.0f}" if value is not None else "" for value in found.values()]
            for role in others:
                if ours and found[role]:
                    ratios[role].append(ours / (found[role] or 1))
            limit = found.get(others[0])
            cells.append(f"{ours / limit:.2f}" if ours and limit else "")
            lines.append(f"| {operation.name} | {' | '.join(cells)} |")
            numbers[f"{group.key}: {operation.name}"] = {
                role: round(value, 1) for role, value in found.items() if value is not None
            }
        for role, each in ratios.items():
            if each:
                lines.append(
                    f"\nours / {role}: {statistics.geometric_mean(each):.2f} ({len(each)} operations)"
                )
    return lines, numbers


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--group", action="append", default=[], help="only this one")
    parser.add_argument("--role", action="append", default=[], choices=ROLES, help="only this one")
    parser.add_argument("--every", action="store_true", help="the other tools too")
    parser.add_argument("--no-build", action="store_true", help="take the backend that is installed already")
    parser.add_argument("--loops", help=argparse.SUPPRESS)
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--said", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.loops:
        with options.said.open("w") as sys.stdout:
            loops(options.loops, options.build, options.group, options.role)
        return 0
    try:
        chosen = interpreters.chosen() if os.environ.get("PYTHONS") else [environment.this_python()]
        for interpreter in chosen:
            bench = prepare(interpreter, build_wheel=not options.no_build)
            roles = options.role or [*DEFAULT, *(PEERS if options.every else ())]
            roles = [role for role in roles if role not in bench.absent]
            lines, numbers = table(bench, roles, options.group)
            print("\n".join(lines))
            folder = CACHE / "bench" / "reports"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"counts-{bench.version}.json").write_text(json.dumps(numbers, indent=1) + "\n")
            say(f"written: {folder}/counts-{bench.version}.json")
    except (Failed, LookupError) as error:
        say(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
