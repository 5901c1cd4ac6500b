"""Modules with every kind of declaration: those of this project and of the stock generator, on both backends."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sysconfig
import warnings
from pathlib import Path

import _cffi_backend
import cffi
import pytest
from cffi import recompiler
from ferrocffi import compiler, sources

from tests.bind.making import printed
from tests.sources.programs import program

PREAMBLE = "#include <complex.h>\n#include <stdio.h>\n#include <string.h>\n#include <sys/types.h>\n#include <uchar.h>\n"
FLAGS = ["-O1", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-Wno-float-conversion"]

USE = """
import re, sys
from MODULE import ffi, lib

def define():
    @ffi.def_extern()
    def python_add(a, b, c, d):
        return a + (b >> 38) + int(c * 2) + len(ffi.string(d))
    @ffi.def_extern()
    def python_wide(node, number):
        return node.value * float(number)

def shown(value):
    return re.sub("0x[0-9a-f]{5,}", "ADDRESS", repr(value))

for line in open(sys.argv[1]) if len(sys.argv) > 1 else sys.stdin:
    try:
        print(line.strip(), "=", shown(eval(line)))
    except Exception as error:
        print(line.strip(), "raises", type(error).__name__, shown(str(error)))
"""


def _stock(cdef: str, name: str, preamble: str) -> str:
    ffi = cffi.FFI()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ffi.cdef(cdef)
    generator = recompiler.Recompiler(ffi, name)
    generator.collect_type_table()
    generator.collect_step_tables()
    out = io.StringIO()
    generator.write_source_to_f(out, preamble)
    return out.getvalue()


def _ours(cdef: str, name: str, preamble: str) -> str:
    ffi = _cffi_backend.FFI()
    ffi.cdef(cdef)
    return sources.c_source(ffi, name, preamble)


def _answers(folder: Path, module: str, uses: list[str], backend: str) -> list[str]:
    (folder / "uses.txt").write_text("\n".join(uses))
    text = USE.replace("MODULE", module).replace("sys.argv[1]", repr(str(folder / "uses.txt")))
    return printed(
        text.replace("if len(sys.argv) > 1 else sys.stdin", ""), backend=backend, path=folder
    ).splitlines()


@pytest.mark.parametrize("seed", [1, 2])
def test_modules_do_alike(tmp_path: Path, seed: int) -> None:
    made = program(seed)
    cdef, preamble = "\n".join(made.cdef), PREAMBLE + "\n".join(made.code)
    file = tmp_path / "ours.c"
    file.write_text(_ours(cdef, "ours", preamble))
    compiler.compile(file, "ours", tmpdir=tmp_path, py_limited_api=True, extra_compile_args=FLAGS)
    answers = [_answers(tmp_path, "ours", made.uses, backend) for backend in ("ferrocffi", "stock")]
    # The stock generator's text does not compile for some names.
    plain = [line for line in made.uses if "getattr(lib" not in line and "_cffi_mine" not in line]
    kept = [text for text in made.cdef if "char *result)" not in text and "_cffi_mine" not in text]
    file = tmp_path / "theirs.c"
    file.write_text(_stock("\n".join(kept), "theirs", preamble))
    compiler.compile(file, "theirs", tmpdir=tmp_path, py_limited_api=True)
    assert len(answers[0]) == len(made.uses)
    _equal(*answers)
    for backend, ours in zip(("ferrocffi", "stock"), answers, strict=True):
        theirs = _answers(tmp_path, "theirs", plain, backend)
        mine = [line for line, use in zip(ours, made.uses, strict=True) if use in plain]
        # The names of types without a name count those before them, and the module of the stock generator has fewer.
        plain_names = [re.sub(r"\$\d+", "$N", line) for line in theirs[:-1]]
        _equal([re.sub(r"\$\d+", "$N", line.replace("ours", "theirs")) for line in mine[:-1]], plain_names)


def _equal(first: list[str], second: list[str]) -> None:
    assert [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]] == []


@pytest.mark.parametrize("command", ["gcc -std=c99", "g++ -x c++", "clang -std=c11", "clang++ -x c++"])
def test_the_text_compiles_without_a_warning(tmp_path: Path, command: str) -> None:
    if not shutil.which(command.split()[0]):
        pytest.skip(f"no {command.split()[0]} on this machine")
    made = program(3)
    cdef, code = "\n".join(made.cdef), "\n".join(made.code)
    if "++" in command:
        # C++ has another complex type, and enums are no integers there.
        lost = (
            "_Complex",
            "next(enum",
            "next_counted",
            "flexible",
            "char *const TEXT",
            "python_wide",
            "call_wide",
        )
        cdef = "\n".join(line for line in cdef.split("\n") if not any(word in line for word in lost))
        code = "\n".join(line for line in code.split("\n") if not any(word in line for word in lost))
        cdef = cdef.replace("list", "list_").replace("_Bool", "int")
        code = code.replace("list", "list_").replace("_Bool", "int")
    preamble = PREAMBLE if "++" not in command else PREAMBLE.replace("#include <complex.h>\n", "")
    file = tmp_path / "module.c"
    file.write_text(_ours(cdef, "module", preamble + code))
    words = [
        *command.split(),
        *FLAGS,
        "-Wno-missing-field-initializers",
        "-fPIC",
        "-c",
        str(file),
        "-o",
        str(tmp_path / "o"),
    ]
    headers = sysconfig.get_paths()["include"]
    done = subprocess.run([*words, "-I", headers], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:3000]
