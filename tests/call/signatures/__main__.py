"""Checks many signatures: ``python -m tests.call.signatures --count 20000 --seed 1 --compiler gcc``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.call.signatures.check import generate
from tests.call.signatures.kinds import EXTRA
from tests.call.signatures.program import source

BATCH = 300
ROOT = Path(__file__).resolve().parents[3]


def machine() -> list[str]:
    """Returns the options by which a compiler passes wide vectors in registers, where this processor has them."""
    known = {kind.c.rpartition("_")[2] for kind in EXTRA if kind.declare}
    return ["-mavx512f"] if "64" in known else ["-mavx"] if "32" in known else []


def run(
    seed: int, count: int, compiler: str, mode: str, folder: Path, keep: bool = False
) -> tuple[int, list[str]]:
    """Checks the signatures of one seed; returns the number of trials and the problems."""
    types, signatures, _ = generate(seed, count, mode)
    c, library = folder / f"s{seed}.c", folder / f"s{seed}-{compiler}.so"
    c.write_text(source(types, signatures))
    options = ["-shared", "-fPIC", "-O1", "-w", "-Wno-psabi", *machine()]
    subprocess.run([compiler, *options, "-o", str(library), str(c)], check=True)
    command = [sys.executable, "-m", "tests.call.signatures.check", str(seed), str(count), str(library)]
    command.append(mode)
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if not keep:
        c.unlink()
        library.unlink()
    if done.returncode != 0:
        last = "\n".join(done.stderr.splitlines()[-12:])
        return 0, [f"seed {seed}: died with {done.returncode}: {last}"]
    answer = json.loads(done.stdout)
    return answer["trials"], [f"seed {seed}: {problem}" for problem in answer["problems"]]


DISPUTED = ("__int128", "unsigned __int128", "_Float128", "double_vector_8")
"""Types that clang passes in other ways where few registers are left, or does not know."""


def gcc_version(compiler: str) -> int:
    """Returns the major version of gcc; 0 for another compiler."""
    macros = subprocess.run(
        [compiler, "-dM", "-E", "-x", "c", "-"], input="", text=True, capture_output=True, check=True
    )
    is_clang = "#define __clang__ " in macros.stdout
    return 0 if is_clang else int(macros.stdout.partition("#define __GNUC__ ")[2].split()[0])


def mode_for(compiler: str) -> str:
    """Returns the kinds of types that a compiler knows, and passes as gcc does."""
    is_gcc = gcc_version(compiler) > 0
    words = [] if is_gcc else ["agreed"]
    for kind in EXTRA:
        code = f"{kind.declare} {kind.c} f({kind.c} x) {{ return x; }}"
        options = ["-x", "c", "-fsyntax-only", "-Werror", "-Wno-psabi", "-"]
        known = subprocess.run([compiler, *options], input=code, text=True, capture_output=True, check=False)
        # gcc 12 passes two bytes of four where such a number is behind the first eight bytes of a record.
        is_old = kind.c == "_Float16 _Complex" and 0 < gcc_version(compiler) < 14
        if known.returncode == 0 and not is_old and (is_gcc or kind.c not in DISPUTED):
            words.append(f"+{kind.c}")
    return ",".join(words)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compiler", default="gcc")
    parser.add_argument("--no-extra", action="store_true", help="only types that the stock backend knows")
    parser.add_argument("--keep", action="store_true", help="keep the programs in the current folder")
    options = parser.parse_args()
    mode = mode_for(options.compiler)
    if options.no_extra:
        mode = ",".join(word for word in mode.split(",") if not word.startswith("+"))
    trials, problems = 0, []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path.cwd() if options.keep else Path(temporary)
        for n in range(-(-options.count // BATCH)):
            seed = 1000 * options.seed + n
            count, found = run(seed, BATCH, options.compiler, mode, folder, options.keep)
            trials += count
            problems += found
            for problem in found[:6]:
                print(problem[:600], flush=True)
    print(f"{trials} trials, {len(problems)} problems")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
