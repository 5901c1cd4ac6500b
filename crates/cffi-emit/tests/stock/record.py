"""Writes modules.txt: what stock cffi's generator makes of each text. Run it where the stock cffi is installed."""

from __future__ import annotations

import io
from pathlib import Path

import cffi
from cffi import recompiler

HERE = Path(__file__).parent
SEPARATOR = "%%\n"


def module(text: str) -> str:
    """Returns the module that stock cffi makes."""
    ffi = cffi.FFI()
    ffi.cdef(text)
    ffi.set_source("m", None)
    out = io.StringIO()
    recompiler.make_py_source(ffi, "m", out)
    return out.getvalue()


def main() -> None:
    """Writes the file."""
    texts = (HERE / "texts.txt").read_text(encoding="utf-8").split(SEPARATOR)
    (HERE / "modules.txt").write_text(SEPARATOR.join(module(text) for text in texts), encoding="utf-8")


if __name__ == "__main__":
    main()
