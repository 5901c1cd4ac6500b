"""The first header of a new process, beside compilers that check the syntax of it: ``python3 -m benches.headers``.

What is timed here is the front end alone: from the call that reads the header to its end, in a process that has read nothing
before. Of the compilers the whole process is timed, as there is no other way to get their front end. Both are processor time, and
the programs take turns. With ``--python`` another interpreter that has ferrocffi is taken, and nothing is built.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ci import environment, wheel
from ci.project import FRONT_ENDS, NEWEST_CFFI, Failed, output, say

PROGRAM = """
import sys, time
import _cffi_backend
from ferrocffi.headers import request
ffi = _cffi_backend.FFI()
arguments = request(sys.argv[1], sys.argv[2:], {}, [], None)
start = time.process_time()
ffi._read_header(*arguments, [])
print(time.process_time() - start)
"""
COMPILERS = ("gcc", "clang")


@dataclass(frozen=True)
class Header:
    """A header, the package of pkg-config that it belongs to, and the milliseconds that it may take."""

    name: str
    package: str
    limit: float


HEADERS = (
    Header("zlib.h", "zlib", 2.0),
    Header("sqlite3.h", "sqlite3", 4.0),
    Header("SDL.h", "sdl2", 20.0),
)


def folders(package: str) -> list[str] | None:
    """Returns the folders of headers that pkg-config names, or None if there is no such package."""
    done = subprocess.run(
        ["pkg-config", "--cflags-only-I", package], capture_output=True, text=True, check=False
    )
    return [word.removeprefix("-I") for word in done.stdout.split()] if done.returncode == 0 else None


def spent(command: list[str]) -> float:
    """Returns the processor time of a process in milliseconds; raises `Failed` if the process does not end well."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip()}")
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def compare(python: str | Path, header: Header, rounds: int) -> str:
    """Returns a line of the report about a header."""
    include = folders(header.package)
    if include is None:
        return f"{header.name:12} is not installed"
    times: dict[str, list[float]] = {"ferrocffi": []}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "header.c"
        source.write_text(f"#include <{header.name}>\n", encoding="utf-8")
        for _ in range(rounds):
            own = output([python, "-c", PROGRAM, header.name, *include])
            times["ferrocffi"].append(float(own) * 1e3)
            for compiler in filter(shutil.which, COMPILERS):
                command = [compiler, "-fsyntax-only", *(f"-I{path}" for path in include), str(source)]
                times.setdefault(compiler, []).append(spent(command))
    shown = [f"{name} {min(each):.1f} ({statistics.median(each):.1f})" for name, each in times.items()]
    return f"{header.name:12} " + ", ".join(shown) + f" ms; ferrocffi should need less than {header.limit:g}"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15, help="processes of each program")
    parser.add_argument("--python", help="the interpreter, which has ferrocffi already")
    options = parser.parse_args()
    python: str | Path | None = options.python
    try:
        if python is None:
            interpreter = environment.this_python()
            into = environment.ensure(
                interpreter, f"bench-{interpreter.version}", packages=FRONT_ENDS[NEWEST_CFFI]
            )
            say(f"building the wheel for CPython {interpreter.version}")
            wheel.install(wheel.build(interpreter), into)
            python = into.python
        load = os.getloadavg()[0]
        print(f"processor time, the least of {options.rounds} processes (median); load {load:.1f}")
        for header in HEADERS:
            print(compare(python, header, options.rounds), flush=True)
    except Failed as error:
        say(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
