"""Instructions of each operation under callgrind, by role: ``python3 -m benches.counts [--group KEY ...] [--role ROLE ...]``.

Counts need no quiet machine. Each role runs in one process under valgrind, where each operation is executed `n` times and then
`2 n` times; the difference is the cost of `n` executions. All instructions of the process count, the interpreter's too.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import itertools
import json
import os
import platform
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
from benches.report import HEADS
from benches.worker import Wrong, code_for, compiled
from ci import environment, interpreters
from ci.project import CACHE, ROOT, Failed, output, run, say

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
        try:
            timer = compiled(code, names, 1)
        except Wrong as wrong:
            # In checked mode other errors are raised.
            print(f"left out: {operation.name}: {wrong}", file=sys.stderr)
            continue
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


Numbers = dict[str, dict[str, float]]
"""Instructions by role, of each operation by group and name."""


def table(bench: Bench, roles: list[str], keys: list[str]) -> tuple[list[str], Numbers]:
    """Returns the lines of Markdown tables of all roles, and their numbers."""
    counts = {role: count(bench, role, keys, roles) for role in roles}
    others = [role for role in roles if role != "ours"]
    lines: list[str] = []
    numbers: Numbers = {}
    for group in GROUPS:
        own = [operation for found, operation in _operations(keys, roles) if found is group]
        if not own:
            continue
        heads = [HEADS[role] for role in roles]
        lines += [
            "",
            f"## {group.title}",
            "",
            f"| instructions | {' | '.join(heads)} | ferrocffi / {HEADS[others[0]]} |",
        ]
        lines += ["|---" + "|--:" * (len(roles) + 1) + "|"]
        for operation in own:
            found = {role: counts[role].get((group.key, operation.name)) for role in roles}
            ours, limit = found.get("ours"), found.get(others[0])
            cells = [f"{value:,.0f}" if value is not None else "" for value in found.values()]
            cells.append(f"{ours / limit:.2f}" if ours and limit else "")
            lines.append(f"| {operation.name} | {' | '.join(cells)} |")
            numbers[f"{group.key}: {operation.name}"] = {
                role: round(value, 1) for role, value in found.items() if value is not None
            }
    return lines, numbers


def summary(numbers: Numbers, roles: list[str]) -> list[str]:
    """Returns the lines of a table of the means: of each group, and of all."""
    others = [role for role in roles if role != "ours"]
    lines = [f"| ferrocffi / | {' | '.join(HEADS[role] for role in others)} | operations |"]
    lines += ["|---" + "|--:" * (len(others) + 1) + "|"]
    for title, key in [*((group.title, group.key) for group in GROUPS), ("All of these", "")]:
        own = [found for name, found in numbers.items() if name.startswith(f"{key}: ") or not key]
        cells = []
        for role in others:
            ratios = [found["ours"] / found[role] for found in own if role in found and "ours" in found]
            cells.append(f"{statistics.geometric_mean(ratios):.2f}" if ratios else "")
        if any(cells):
            lines.append(f"| {title} | {' | '.join(cells)} | {len(own)} |")
    fewer = []
    for role in others:
        both = [found for found in numbers.values() if role in found and "ours" in found]
        fewer.append(f"{sum(found['ours'] < found[role] for found in both)} of {len(both)}")
    return [*lines, f"| Fewer instructions on | {' | '.join(fewer)} | |"]


def page(bench: Bench, roles: list[str], lines: list[str], numbers: Numbers) -> str:
    """Returns the page of the documentation."""
    python = output([bench.ours.python, "-c", "import platform; print(platform.python_version())"]).strip()
    commit = output(["git", "describe", "--always", "--dirty", "--abbrev=10"]).strip()
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    about = (
        f"Made by `make bench-counts` on {date}, revision {commit}: {platform.system()} {platform.machine()}, CPython {python}. "
        "All instructions that an operation takes count, the interpreter's too, so a few are the interpreter's own on every side. A "
        "count needs no quiet machine, and it is not a time: waiting for memory and for locks is not in it."
    )
    what = (
        "*C by hand* lets go of the GIL, keeps errno for each thread, checks indices and keeps owners of memory alive, as "
        "ferrocffi does; in the group of `keep_gil` it keeps the GIL. The other tools keep no errno; *Cython, errno kept* is Cython's "
        "module with errno kept around each call and callback, so that it does what ferrocffi does. Below 1 ferrocffi takes fewer. "
        "How: [README](README.md)."
    )
    head = [f"# Instructions on CPython {python}", "", *summary(numbers, roles), "", about, "", what]
    return "\n".join([*head, *lines]) + "\n"


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
            print("\n".join([*lines, "", *summary(numbers, roles)]))
            if options.every and not options.group:
                path = ROOT / "docs" / "benchmarks" / f"instructions-{bench.version}.md"
                path.write_text(page(bench, roles, lines, numbers))
                say(f"written: {path}")
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
