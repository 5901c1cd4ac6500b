"""Counts the instructions of C calls on AArch64, in an emulator: ``python3 -m ci.count_calls``.

For each signature it prints how many instructions a direct call takes, how many one through libffi, and the ratio. It needs
`rustup target add aarch64-unknown-linux-gnu`, and on Debian `apt install qemu-user-static gcc-aarch64-linux-gnu`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from ci.project import ROOT, Failed, done, run

TRIPLE = "aarch64-unknown-linux-gnu"
TARGET = ROOT / "target" / "cross"
EMULATOR = ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"]
SIGNATURES = (
    "v",
    "ii",
    "iii",
    "dd",
    "dddd",
    "ddddddd",
    "lllllllll",
    "llllllllllll",
    "ipi",
    "sss",
    "didididi",
)
TIMES = 200
MOST = 0.5
"""The part of libffi's instructions that a direct call may take."""


def executed(program: Path, words: list[str]) -> int:
    """Returns the number of instructions that a program executes."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        options = ["-singlestep", "-d", "nochain,exec", "-D", str(log)]
        subprocess.run([*EMULATOR, *options, str(program), *words], check=True)
        with log.open("rb") as lines:
            return sum(line.startswith(b"Trace ") for line in lines)


def each(program: Path, way: str, signature: str) -> float:
    """Returns the number of instructions of one call: the difference of a longer and a shorter run."""
    few, many = (executed(program, [way, signature, str(n)]) for n in (TIMES, 3 * TIMES))
    return (many - few) / (2 * TIMES)


def work() -> None:
    """Builds the program, and prints the table; raises `Failed` if a direct call takes too many instructions."""
    variable = f"CARGO_TARGET_{TRIPLE.upper().replace('-', '_')}_LINKER"
    env = {"CARGO_TARGET_DIR": str(TARGET), variable: "aarch64-linux-gnu-gcc"}
    run(["cargo", "build", "--release", "-p", "cffi-call", "--example", "calls", "--target", TRIPLE], env=env)
    program = TARGET / TRIPLE / "release" / "examples" / "calls"
    slow = []
    print(f"{'result, arguments':20} {'direct':>8} {'libffi':>8} {'ratio':>6}")
    for signature in SIGNATURES:
        direct, libffi = (each(program, way, signature) for way in ("direct", "libffi"))
        print(f"{signature:20} {direct:8.0f} {libffi:8.0f} {direct / libffi:6.2f}", flush=True)
        if direct > MOST * libffi:
            slow.append(signature)
    if slow:
        raise Failed(f"more than {MOST} of libffi's instructions: {', '.join(slow)}")


if __name__ == "__main__":
    sys.exit(done(work))
