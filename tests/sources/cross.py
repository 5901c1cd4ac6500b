"""A module for another processor: ``python -m tests.sources.cross COMPILER HEADERS FOLDER [VERSION]``.

Writes the source here, compiles it with a cross compiler, and writes `use.py`, which prints what the module does, and
`expected`, which a module of this machine prints. HEADERS is the folder `include` of the other system; VERSION is that of its
CPython.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ferrocffi import compiler

from tests.sources.programs import program
from tests.sources.test_modules import PREAMBLE, USE, _ours


def main(cross: str, headers: str, into: str, version: str = "3.13") -> None:
    """Makes everything in a folder."""
    folder = Path(into)
    made = program(4)
    source = folder / "ours.c"
    source.write_text(_ours("\n".join(made.cdef), "ours", PREAMBLE + "\n".join(made.code)))
    (folder / "uses.txt").write_text("\n".join(made.uses))
    text = USE.replace("MODULE", "ours").replace("sys.argv[1]", repr("uses.txt"))
    (folder / "use.py").write_text(text.replace("if len(sys.argv) > 1 else sys.stdin", ""))
    compiler.compile(source, "ours", tmpdir=folder, target="ours.abi3.so")
    done = subprocess.run([sys.executable, "use.py"], cwd=folder, capture_output=True, text=True, check=True)
    (folder / "expected").write_text(done.stdout)
    compiler.compile(
        source,
        "ours",
        tmpdir=folder,
        target="ours.abi3.so",
        include_dirs=[f"{headers}/python{version}"],
        extra_compile_args=["-idirafter", headers],
        environment={**os.environ, "CC": cross},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
