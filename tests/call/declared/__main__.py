"""Checks many functions: ``python -m tests.call.declared --count 2000 --seed 1 --compiler gcc --front cffi``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from tests.call.declared.check import FRONTS, program
from tests.call.declared.types import LATER, Known
from tests.call.signatures.__main__ import gcc_version

BATCH = 60
ROOT = Path(__file__).resolve().parents[3]
API_KNOWS = ()
"""Types that compiled modules have and the stock backend does not. Those that are other names of `double` are left out."""
OPTIMIZED = ("-O0", "-O1", "-O2", "-O3")


def accepts(compiler: str, code: str, *options: str) -> bool:
    """Returns whether a compiler takes a text."""
    command = [compiler, "-x", "c", "-fsyntax-only", "-Werror", "-Wno-psabi", *options, "-"]
    return subprocess.run(command, input=code, text=True, capture_output=True, check=False).returncode == 0


def known_by(compiler: str, vectors: tuple[int, ...] = ()) -> Known:
    """Returns what a compiler knows, and passes as gcc does."""
    gcc = gcc_version(compiler)
    later = []
    for kind in LATER:
        # gcc 12 passes two bytes of four where such a number is behind the first eight bytes of a record.
        is_old = kind.name == "_Float16 _Complex" and 0 < gcc < 14
        is_disputed = gcc == 0 and any(word in kind.name for word in ("int128", "_Float128", "__bf16"))
        if (
            not is_old
            and not is_disputed
            and accepts(compiler, f"{kind.name} f({kind.name} x) {{ return x; }}")
        ):
            later.append(kind.name)
    bits = accepts(compiler, "_BitInt(699) f(_BitInt(699) x) { return x; }", "-std=gnu2x")
    return Known(tuple(later), bits, vectors, gcc > 0)


def build(compiler: str, made: object, folder: Path, name: str, front: str, options: list[str]) -> Path:
    """Compiles the library of a program, or the module."""
    if front == "api":
        import ferrocffi

        ffi = ferrocffi.FFI()
        ffi.cdef(made.cdef())
        # The headers of CPython 3.13 need a compiler that is newer than some that know this option.
        options = [option for option in options if option != "-std=gnu2x"]
        ffi.set_source(name, made.source(), extra_compile_args=["-w", *options])
        return Path(ffi.compile(str(folder)))
    source, library = folder / f"{name}.c", folder / f"{name}.so"
    source.write_text(made.source())
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-w", *options, "-o", str(library), str(source)], check=True
    )
    return library


def run(
    seed: int, count: int, compiler: str, known: Known, front: str, folder: Path, options: list[str]
) -> tuple[int, list[str]]:
    """Checks the functions of one seed; returns the number of trials and the problems."""
    if front == "api":
        known = replace(known, later=API_KNOWS, bits=False, vectors=(), tables=True)
    made = program(seed, count, known, front)
    where = f"seed {seed}, {front}"
    try:
        library = build(compiler, made, folder, f"declared{seed}", front, options)
    except subprocess.CalledProcessError as error:
        return 0, [f"{where}: not compiled: {error}"]
    words = [str(seed), str(count), str(library), front, json.dumps(asdict(known))]
    command = [sys.executable, "-m", "tests.call.declared.check", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode != 0:
        last = "\n".join(done.stderr.splitlines()[-12:])
        return 0, [f"{where}: died with {done.returncode}: {last}"]
    answer = json.loads(done.stdout)
    return answer["trials"], [f"{where}: {problem}" for problem in answer["problems"]]


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compiler", default="gcc")
    parser.add_argument("--front", choices=(*FRONTS, "each"), default="each")
    parser.add_argument("--vectors", default="8,16", help="the sizes of vectors")
    parser.add_argument("--keep", type=Path, help="the folder for the programs, which stay there")
    options = parser.parse_args()
    vectors = tuple(int(size) for size in options.vectors.split(",") if size)
    known = known_by(options.compiler, vectors)
    trials, problems = 0, []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        for n in range(-(-options.count // BATCH)):
            seed = 1000 * options.seed + n
            front = FRONTS[n % 2] if options.front == "each" else options.front
            extra = [OPTIMIZED[n // 2 % 4], "-std=gnu2x", "-Wno-psabi"]
            extra += ["-mavx512f"] if 64 in vectors else ["-mavx"] if 32 in vectors else []
            count, found = run(seed, BATCH, options.compiler, known, front, folder, extra)
            trials += count
            problems += found
            for problem in found[:6]:
                print(problem[:900], flush=True)
    print(f"{trials} trials, {len(problems)} problems")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
