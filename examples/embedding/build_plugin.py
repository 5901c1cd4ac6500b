"""The build script of a plug-in: a shared library with C functions whose bodies are Python.

python build_plugin.py [folder]
"""

from __future__ import annotations

import sys
from pathlib import Path

import cffi

HERE = Path(__file__).resolve().parent

_HEADER = (HERE / "plugin.h").read_text()
_TYPES, _FUNCTIONS = (
    _HEADER[_HEADER.index("typedef struct") : _HEADER.index("#ifndef")],
    _HEADER[_HEADER.index("#endif") + len("#endif") :].replace("CFFI_DLLEXPORT ", ""),
)

ffibuilder = cffi.FFI()
ffibuilder.cdef(_TYPES)
ffibuilder.embedding_api(_FUNCTIONS)
ffibuilder.set_source("counting", '#include "plugin.h"', include_dirs=[str(HERE)])
ffibuilder.embedding_init_code((HERE / "plugin.py").read_text())

if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    print(ffibuilder.compile(tmpdir=folder, target="libcounting.*", verbose=True))
