"""Runs every example, says which backend runs them, and times it beside the stock one.

    python examples/run_all.py [--any-backend] [--no-times]

Fails when an example fails, when a library is missing (not: a header), and, unless ``--any-backend``
is given, when the backend in use is not the one of this project.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import _cffi_backend
import cffi
from _support import MISSING_HEADER, MISSING_LIBRARY
from _timing import stock_extension

HERE = Path(__file__).resolve().parent
EXAMPLES = [
    "sqlite",
    "zlib_stream",
    "libc_tour",
    "libm",
    "api_mode/station_api",
    "abi_module/station_abi",
    "embedding/plugin_demo",
    "headers/zlib_header",
    "headers/sqlite_header",
    "headers/expat_header",
    "headers/archive_header",
    "headers/gmp_header",
    "gallery/run",
]

#: How often the two backends take turns; the best time of each operation counts.
TURNS = 3


def is_ours() -> bool:
    """Returns whether the backend in use is the package folder that the ferrocffi wheel installs."""
    file = Path(_cffi_backend.__file__)
    return file.parent.name == "_cffi_backend" and file.name.startswith("__init__.")


def describe_backend() -> None:
    """Prints which backend is in use, and from where."""
    name = "ferrocffi" if is_ours() else "the stock backend of cffi"
    version = _cffi_backend.__version__
    print(f"Python {sys.version.split()[0]}, cffi {cffi.__version__}")
    print(f"backend in use: {name}, interface version {version}")
    print(f"loaded from {_cffi_backend.__file__}")


def run_example(name: str) -> bool:
    """Runs one example in a process of its own and prints what it says."""
    print(f"\n{name}.py")
    done = subprocess.run(
        [sys.executable, str(HERE / f"{name}.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=120,
        check=False,
    )
    for line in done.stdout.splitlines():
        print(f"  {line}")
    if done.returncode in (0, MISSING_HEADER):
        return True
    if done.returncode == MISSING_LIBRARY:
        print("  FAILED: a library or a tool is missing")
    elif done.returncode < 0:
        print(f"  FAILED: the process died of signal {-done.returncode}")
    else:
        print(f"  FAILED with exit status {done.returncode}")
    return False


def times_of(which: str) -> dict[str, float]:
    """Nanoseconds of each operation on one backend, from one process."""
    done = subprocess.run(
        [sys.executable, str(HERE / "_timing.py"), which],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"timing the {which} backend failed with status {done.returncode}:\n{done.stderr.strip()}"
        )
    times: dict[str, float] = json.loads(done.stdout)["times"]
    return times


def best_times() -> tuple[dict[str, float], dict[str, float]]:
    """The best times of the installed and of the stock backend, measured in turns."""
    best: dict[str, dict[str, float]] = {"installed": {}, "stock": {}}
    for _ in range(TURNS):
        for which, known in best.items():
            for name, value in times_of(which).items():
                known[name] = min(value, known.get(name, value))
    return best["installed"], best["stock"]


def compare_times() -> bool:
    """Prints the table of times; False when it could not be made."""
    stock = stock_extension()
    if stock is None:
        print("\nno times: the cffi package ships no extension file to compare with")
        return False
    print(f"\nnanoseconds for one operation, best of {TURNS} turns; stock is {stock.name}")
    try:
        ours, theirs = best_times()
    except (RuntimeError, subprocess.TimeoutExpired) as problem:
        print(f"  FAILED: {problem}")
        return False
    print(f"  {'operation':28}{'in use':>10}{'stock':>10}{'stock / in use':>18}")
    for name, value in ours.items():
        ratio = theirs[name] / value
        print(f"  {name:28}{value:10.0f}{theirs[name]:10.0f}{ratio:17.2f}x")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--any-backend",
        action="store_true",
        help="do not fail when another backend than ferrocffi's is in use",
    )
    parser.add_argument("--no-times", action="store_true", help="leave out the table of times")
    options = parser.parse_args()

    describe_backend()
    if not is_ours() and not options.any_backend:
        print("FAILED: this is not ferrocffi's backend (see --any-backend)")
        return 1
    failed = [name for name in EXAMPLES if not run_example(name)]
    if not options.no_times and not compare_times():
        failed.append("times")
    print()
    if failed:
        print(f"FAILED: {', '.join(failed)}")
        return 1
    print(f"all {len(EXAMPLES)} examples did what they should")
    return 0


if __name__ == "__main__":
    sys.exit(main())
