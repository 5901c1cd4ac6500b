"""The crates that know nothing of Python, tested for other processors: ``python3 -m ci.cross [TARGET...]``.

Programs for other processors run in QEMU's user mode; 32-bit x86 runs on an x86-64 kernel as it is. Needed: the
target's standard library (``rustup target add``), its C and C++ compiler, and its QEMU. On Debian the packages are
g++-aarch64-linux-gnu, g++-s390x-linux-gnu, qemu-user, g++-i686-linux-gnu and libc6-i386.
For systems that are not Linux all crates are checked by the compiler, the backend too, but nothing runs.

Known to fail, so that this is no part of what must hold: on i686 the generated values hold signalling NaNs, which x87
registers make quiet; some structs with a double have no libffi description, and the comparison of layouts with MSVC's
is made for 64 bits.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from ci.project import ROOT, TARGET, Failed, run, say

PYTHON = "3.13"
"""The version of CPython for which the backend is checked where it is not built."""

CRATES = ("cffi-memory", "cffi-abi", "cffi-types", "cffi-callconv", "cffi-parse", "cffi-local", "cffi-call")


@dataclass(frozen=True)
class Target:
    """The compiler and the program runner for a target. Without a compiler the code is only checked."""

    compiler: str = ""
    runner: str = ""


TARGETS = {
    "aarch64-unknown-linux-gnu": Target("aarch64-linux-gnu-gcc", "qemu-aarch64 -L /usr/aarch64-linux-gnu"),
    "s390x-unknown-linux-gnu": Target("s390x-linux-gnu-gcc", "qemu-s390x -L /usr/s390x-linux-gnu"),
    "i686-unknown-linux-gnu": Target("i686-linux-gnu-gcc"),
    "x86_64-pc-windows-gnu": Target(),
    "x86_64-pc-windows-msvc": Target(),
    "aarch64-apple-darwin": Target(),
}
"""AArch64, a big-endian processor, one whose pointers have 32 bits, and the systems that are not Linux."""


def missing(name: str) -> str | None:
    """Returns the first thing that this machine lacks for a target, or None."""
    target = TARGETS[name]
    listed = subprocess.run(
        ["rustc", "--print", "target-libdir", "--target", name], capture_output=True, text=True, check=False
    )
    if listed.returncode or not os.path.isdir(listed.stdout.strip()):
        return f"the standard library (rustup target add {name})"
    programs = [target.compiler, *target.runner.split()[:1]]
    return next((program for program in programs if program and not shutil.which(program)), None)


def work(name: str, arguments: list[str]) -> None:
    """Tests or checks the crates for one target."""
    target = TARGETS[name]
    packages = [word for crate in CRATES for word in ("-p", crate)]
    env = {"CARGO_TARGET_DIR": str(TARGET / "cross")}
    words = ["cargo", "test" if target.compiler else "check", "--target", name, *packages]
    if target.compiler:
        words += ["--no-fail-fast"]
        variable = name.upper().replace("-", "_")
        env[f"CARGO_TARGET_{variable}_LINKER"] = target.compiler
        env["TEST_RUNNER"] = target.runner
        if target.runner:
            env[f"CARGO_TARGET_{variable}_RUNNER"] = target.runner
        # This compiler is for the C parts of the crates, and for code that the tests compile themselves.
        env["CC"] = target.compiler
        env["CXX"] = target.compiler.replace("gcc", "g++")
    else:
        # The C parts would need a compiler for that system.
        words += ["-p", "cffi-backend", "--features", "cffi-call/check-only"]
        env |= {"PYO3_CROSS": "1", "PYO3_CROSS_PYTHON_VERSION": PYTHON}
    run([*words, *arguments], env=env, cwd=ROOT)


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all by default"
    )
    parser.add_argument("--cargo", default="", help="more arguments for cargo")
    options = parser.parse_args()
    lines = []
    failed = False
    for name in options.targets or TARGETS:
        lack = missing(name)
        if lack:
            lines.append(f"{name:<28} not run: {lack} is missing")
            failed = failed or name in options.targets
            continue
        verb = "tested" if TARGETS[name].compiler else "checked only"
        try:
            say(f"{name}: {verb}")
            work(name, options.cargo.split())
            lines.append(f"{name:<28} {verb}: passed")
        except Failed as error:
            say(f"failed: {error}")
            failed = True
            lines.append(f"{name:<28} {verb}: FAILED")
    print(*lines, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
