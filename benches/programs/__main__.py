"""Whole programs on both backends: ``python3 -m benches.programs [--runs 7] [--python FILE] [NAME ...]``.

Each program uses a package from PyPI. ``ferrocffi bench`` runs it with both backends in turns. A whole run replaces
docs/benchmarks/programs.md. It has ratios only, since times depend on the machine.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

from ci import environment
from ci.project import ROOT, Failed, output, say

HERE = Path(__file__).resolve().parent
REPORT = ROOT / "docs" / "benchmarks" / "programs.md"
PROGRAMS = sorted(path for path in HERE.glob("*_*.py") if path.name[0] != "_")

_HEAD = """# Whole programs

What does a program gain? Here are {count} programs, each with a package from PyPI that uses cffi, as its wheel is. Each does a
second or so of work. They run on both backends in turns, {runs} times each, by [`ferrocffi bench`](../guide/doctor.md#your-own-program).

**A ratio above 1 speaks for ferrocffi**: it is the stock backend's median divided by this one's. Processor time includes the start of
Python and all imports. Ratios whose runs overlap are marked with ≈: there, no difference was found.

In short: {faster} of {count} programs are faster, {same} show no difference{slower}. A program gains as much as it calls C. Where
C works for long, as in hashing passwords, there is nothing to gain.

| Package | What the program does | Processor time | Elapsed time | Memory |
|---|---|---|---|---|
"""
_FOOT = """
Measured with CPython {python} on {system}, with cffi {cffi}. The machine was in use by others meanwhile, so elapsed times are less
sure than processor times. The programs are in `benches/programs`, and `python3 -m benches.programs` repeats all of it.
"""


def described(program: Path) -> tuple[str, str]:
    """Returns the package that a program uses, and what it does."""
    text = ast.get_docstring(ast.parse(program.read_text(encoding="utf-8"))) or ""
    package, _, work = text.partition(": ")
    return package, work.rstrip(".")


def measured(python: Path, program: Path, runs: int) -> dict[str, Any]:
    """Returns what ``ferrocffi bench`` says of a program."""
    command: list[str | Path] = [python, "-m", "ferrocffi", "bench", "--json", "--runs", str(runs)]
    found: dict[str, Any] = json.loads(output([*command, "--", "python", program]))
    return found


def overlaps(found: dict[str, Any], name: str) -> bool:
    """Returns whether a run on one backend is as good as one on the other in each direction."""
    values = {
        backend: [run[name] for run in found["runs"] if run["backend"] == backend]
        for backend in ("stock", "ferrocffi")
    }
    return min(values["stock"]) <= max(values["ferrocffi"]) and min(values["ferrocffi"]) <= max(
        values["stock"]
    )


def row(program: Path, found: dict[str, Any], versions: dict[str, str]) -> str:
    """One line of the table."""
    package, work = described(program)
    cells = []
    for name in ("processor_seconds", "seconds", "memory"):
        mark = "≈ " if overlaps(found, name) else ""
        cells.append(f"{mark}{found['ratio'][name]:.2f}")
    return f"| {package} {versions.get(package.lower(), '')} | {work} | {' | '.join(cells)} |"


def report(
    results: dict[Path, dict[str, Any]], versions: dict[str, str], runs: int, about: dict[str, str]
) -> str:
    """Returns the page."""
    name = "processor_seconds"
    order = sorted(results, key=lambda program: -results[program]["ratio"][name])
    same = sum(overlaps(results[program], name) for program in order)
    clear = [results[program]["ratio"][name] for program in order if not overlaps(results[program], name)]
    slower = sum(ratio < 1 for ratio in clear)
    said = f", and {slower} slower" if slower else ""
    head = _HEAD.format(count=len(order), runs=runs, faster=len(clear) - slower, same=same, slower=said)
    rows = "\n".join(row(program, results[program], versions) for program in order)
    return f"{head}{rows}\n{_FOOT.format(**about)}"


def main() -> int:
    """Measures; 0 if all programs ran and printed the same on both backends."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--python", type=Path, help="an interpreter that has the packages and both backends")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    results: dict[Path, dict[str, Any]] = {}
    try:
        python = options.python
        if python is None:
            from tests.clients import prepare

            python = prepare.ours(environment.this_python(), build=True).python
        listed = output([python, "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"])
        versions = {
            name.lower().replace("_", "-"): version
            for name, version in re.findall(r"^(\S+)==(\S+)$", listed, re.MULTILINE)
        }
        for program in PROGRAMS:
            if options.names and program.stem not in options.names:
                continue
            found = measured(python, program, options.runs)
            if not found["loads_backend"]:
                say(f"left out, since it does not import the backend: {program.name}")
                continue
            results[program] = found
            ratio = found["ratio"]["processor_seconds"]
            print(
                f"{ratio:6.2f} {'~' if overlaps(found, 'processor_seconds') else ' '} {described(program)[0]}",
                flush=True,
            )
        about = {
            "python": output([python, "-c", "import platform; print(platform.python_version(), end='')"]),
            "system": output([python, "-c", "import platform as p; print(p.system(), p.machine(), end='')"]),
            "cffi": versions["cffi"],
        }
    except Failed as error:
        say(f"failed: {error}")
        return 1
    if not options.names:
        REPORT.write_text(report(results, versions, options.runs, about), encoding="utf-8")
        say(f"written: {REPORT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
