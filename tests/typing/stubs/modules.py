"""Makes the modules that the tests write stubs for, and the programs that use them.

``python -m tests.typing.stubs.modules FOLDER`` makes, with the interpreter that runs it and its cffi: `_api`, compiled;
`_abi`, out-of-line, with a library; `_inline`, which calls `cdef()` when it is imported; `_own`, the same with `ferrocffi.FFI`; `_odd` and `_odd_inline` with
odd names. Each has its stub.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.typing.stubs import declarations as d

HERE = Path(__file__).resolve().parent
MODULES = ("_api", "_abi", "_inline", "_own")
ODD = ("_odd", "_odd_inline")
CDEF = d.TYPES + d.FUNCTIONS + d.VARIABLES + d.CONSTANTS

_LIBRARY = "libdeclared.so"
_INLINE = """
import os
import {package}
ffi = {package}.FFI()
ffi.cdef({cdef!r})
lib = ffi.dlopen(os.path.join(os.path.dirname(os.path.abspath(__file__)), {library!r}))
"""
_OPEN = 'lib = ffi.dlopen(__import__("os").path.join({folder!r}, {library!r}))'


def build(folder: Path) -> None:
    """Compiles everything; cffi's compiler needs the folder as the current one."""
    import cffi

    os.chdir(folder)
    api = cffi.FFI()
    api.cdef(CDEF + d.EXTERN_PYTHON + d.MACROS)
    api.set_source("_api", d.API_SOURCE)
    api.compile()
    abi = cffi.FFI()
    abi.cdef(CDEF)
    abi.set_source("_abi", None)
    abi.compile()
    odd = cffi.FFI()
    odd.cdef(d.ODD)
    odd.set_source("_odd", None)
    odd.compile()
    text = f"import cffi\nffi = cffi.FFI()\nffi.cdef({d.ODD!r})\n"
    (folder / "_odd_inline.py").write_text(text, encoding="utf-8")
    (folder / "declared.c").write_text(d.SOURCE, encoding="utf-8")
    compiler = (sysconfig.get_config_var("CC") or "cc").split()
    subprocess.run([*compiler, "-w", "-shared", "-fPIC", "-o", _LIBRARY, "declared.c"], check=True)
    for name, package in (("_inline", "cffi"), ("_own", "ferrocffi")):
        text = _INLINE.format(package=package, cdef=CDEF, library=_LIBRARY)
        (folder / f"{name}.py").write_text(text, encoding="utf-8")


def stubs(folder: Path) -> None:
    """Writes the stub of each module."""
    from ferrocffi.stubs import write

    sys.path.insert(0, str(folder))
    for name in (*MODULES, *ODD):
        write(name, shared=name == "_abi")


def program(name: str, module: str, folder: Path) -> str:
    """Returns a program for a module. Line numbers are those of the file."""
    text = (HERE / name).read_text(encoding="utf-8")
    if module == "_abi":
        opened = _OPEN.format(folder=str(folder), library=_LIBRARY)
        text = text.replace("from MODULE import ffi, lib", f"from MODULE import ffi; {opened}")
    return text.replace("MODULE", module)


def main(folder: Path) -> None:
    """Makes modules, stubs and programs."""
    folder.mkdir(parents=True, exist_ok=True)
    build(folder)
    stubs(folder)
    for module in MODULES:
        for name in ("right.py", "wrong.py"):
            text = program(name, module, folder)
            (folder / f"{module[1:]}_{name}").write_text(text, encoding="utf-8")
    for module in ODD:
        text = program("odd.py", module, folder)
        (folder / f"{module[1:]}_odd.py").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
