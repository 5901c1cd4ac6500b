"""Runs programs of `tests.checked.table` in this process: ``python run.py in-line|tables FORM`` prints JSON.

FORM is ``wrong`` or ``right``. For each program the result says which exception it raised, on which line, with which text.
"""

from __future__ import annotations

import json
import linecache
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cffi

from tests.checked.table import CDEF, Program, programs


def made(kind: str) -> tuple[Any, Any]:
    """Returns an ``ffi`` and a ``lib`` of the C library, in-line or out-of-line."""
    ffi = cffi.FFI()
    ffi.cdef(CDEF)
    if kind == "in-line":
        return ffi, ffi.dlopen(None)
    with tempfile.TemporaryDirectory() as folder:
        ffi.set_source("_checked_tables", None)
        path = Path(ffi.compile(folder))
        names: dict[str, Any] = {}
        exec(compile(path.read_text(), str(path), "exec"), names)
    return names["ffi"], names["ffi"].dlopen(None)


def run(program: Program, code: str, ffi: Any, lib: Any) -> dict[str, Any]:
    """Runs one program and returns what came of it."""
    file = f"/programs/{program.name}.py"
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    ignored: list[Any] = []
    sys.unraisablehook = ignored.append
    result: dict[str, Any] = {"file": file}
    try:
        exec(compile(code, file, "exec"), {"ffi": ffi, "lib": lib})
    except Exception as error:
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file
        ]
        notes = getattr(error, "__notes__", [])
        result |= {"type": type(error).__name__, "text": "\n".join([str(error), *notes]), "line": lines[-1]}
    result["ignored"] = [str(item.exc_value) for item in ignored]
    return result


def main() -> None:
    """Runs all programs of one form."""
    kind, form = sys.argv[1:]
    ffi, lib = made(kind)
    results = {}
    for program in programs():
        results[program.name] = run(program, program.code if form == "wrong" else program.right, ffi, lib)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
