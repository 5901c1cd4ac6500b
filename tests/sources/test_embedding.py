"""Libraries with Python inside: compiled, linked with a C program, and run with both backends."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import _cffi_backend
import pytest
from ferrocffi import compiler, sources

from tests.bind.making import printed

MAIN = """
#include <stdio.h>
extern int add(int, int);
extern int start(void);
int main(void) {
    printf("%d\\n", start());
    printf("%d %d\\n", add(40, 2), add(100, -5));
    return 0;
}
"""

CODE = """
from embedded_numbers import ffi
print("preparing \\u1234 */ \\"")

@ffi.def_extern()
def add(x, y):
    print("adding", x, y, flush=True)
    return x + y
"""

FLAGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]


def _program(tmp_path: Path, code: str, language: str | None = None) -> Path:
    ffi = _cffi_backend.FFI()
    ffi.cdef("int add(int, int);", dllexport=True)
    preamble = "CFFI_DLLEXPORT int start(void) { return cffi_start_python(); }"
    if language:
        preamble = (
            f'extern "C" {{ CFFI_DLLEXPORT int start(void); CFFI_DLLEXPORT int add(int, int); }}\n{preamble}'
        )
    source = tmp_path / "embedded_numbers.c"
    source.write_text(sources.c_source(ffi, "embedded_numbers", preamble, embedding=code), encoding="utf-8")
    library = compiler.compile(
        source,
        "embedded_numbers",
        tmpdir=tmp_path,
        embedding=True,
        language=language,
        extra_compile_args=FLAGS,
        extra_link_args=[f"-Wl,-rpath,{sysconfig.get_config_var('LIBDIR')}"],
    )
    assert Path(library).name == "embedded_numbers.so"
    main = tmp_path / "main.c"
    main.write_text(MAIN)
    program = tmp_path / "program"
    subprocess.run(["cc", str(main), "-o", str(program), library, f"-Wl,-rpath,{tmp_path}"], check=True)
    return program


def _run(program: Path, backend: str) -> subprocess.CompletedProcess[str]:
    folders = printed("import sys; print(*sys.path, sep=chr(10))", backend=backend).split("\n")
    path = os.pathsep.join(folder for folder in folders if folder.endswith("site-packages"))
    env = {**os.environ, "PYTHONPATH": path, "FERROCFFI_BACKEND": backend, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run([str(program)], capture_output=True, encoding="utf-8", env=env, check=False)


@pytest.mark.parametrize("language", [None, "c++"])
@pytest.mark.parametrize("backend", ["ferrocffi", "stock"])
def test_the_first_call_starts_python(tmp_path: Path, backend: str, language: str | None) -> None:
    done = _run(_program(tmp_path, CODE, language), backend)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert lines[0] == 'preparing \u1234 */ "'
    assert sorted(lines[1:3]) == ["adding 100 -5", "adding 40 2"]
    assert lines[3:] == ["0", "42 95"]


def test_code_that_fails_is_told_and_calls_return_0(tmp_path: Path) -> None:
    done = _run(_program(tmp_path, "import embedded_numbers\nraise KeyError('the reason')\n"), "ferrocffi")
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["-1", "0 0"]
    assert "KeyError: 'the reason'" in done.stderr
    assert "embedded_numbers.add() returns 0" in done.stderr
