"""What C does with memory that Python owns: each program in a process of its own, compiled and not compiled."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

CDEF = """
    struct s { int a; char b[8]; };
    void *malloc(size_t);
    void *realloc(void *, size_t);
    void free(void *);
    size_t strlen(const char *);
    int no_arguments(void);
    int first(int *);
    int sum(int *, int);
    int zero_behind(int *, int);
    int zero_before(int *);
    struct s make(void);
    struct s same(struct s);
    char *keep(char *);
    void keep_array(int *);
    char *kept(void);
    int first_of(int **);
    int through(int (*)(int), int);
    void crash(char *);
    void stop(int);
    int divide(int, int);
    void trap(void);
    char short_file(const char *);
    int endless(int);
    int counter;
    extern int fixed;
"""

SOURCE = """
    #include <stdlib.h>
    #include <string.h>
    #include <fcntl.h>
    #include <sys/mman.h>
    struct s { int a; char b[8]; };
    static char *memory;
    int no_arguments(void) { return 7; }
    int first(int *p) { return *p; }
    int sum(int *p, int n) { int s = 0; while (n--) s += *p++; return s; }
    int zero_behind(int *p, int n) { p[n] = 0; return n; }
    int zero_before(int *p) { p[-1] = 0; return 0; }
    struct s make(void) { struct s x = {1, "abc"}; return x; }
    struct s same(struct s x) { return x; }
    char *keep(char *p) { memory = p; return p; }
    void keep_array(int *p) { memory = (char *)p; }
    char *kept(void) { return memory; }
    int first_of(int **p) { return **p; }
    int through(int (*f)(int), int x) { return f(x); }
    void crash(char *p) { p[1] = *(volatile char *)16; }
    void stop(int n) { if (n) abort(); }
    int divide(int a, int b) { return a / b; }
    void trap(void) { __builtin_trap(); }
    char short_file(const char *path) {
        char *p = mmap(0, 1 << 16, PROT_READ, MAP_PRIVATE, open(path, O_RDONLY), 0);
        return p[1 << 15];
    }
    int endless(int n) { volatile char room[4096]; room[n & 4095] = 1; return endless(n + 1) + room[7]; }
    int counter = 3;
    const int fixed = 5;
"""

WRONG = {
    "past the end of new()": (
        "p = ffi.new('int[3]')  # made\nlib.zero_behind(p, 3)  # access",
        "zero_behind() has written",
    ),
    "before the start of new()": (
        "p = ffi.new('int[3]')  # made\nlib.zero_before(p)  # access",
        "zero_before() has written",
    ),
    "past the end of a list": ("x = 1\nlib.zero_behind([1, 2, 3], 3)  # access made", "argument 1"),
    "past the end of a struct": (
        "p = ffi.new('struct s *')  # made\nlib.zero_behind(ffi.cast('int *', p), 3)  # access",
        "past the end of struct s",
    ),
    "past the end through the middle": (
        "p = ffi.new('int[8]')  # made\nlib.zero_behind(p + 4, 4)  # access",
        "past the end of int[8]",
    ),
    "freed": (
        "p = ffi.new('int *')  # made\nq = p + 0\ndel p  # freed\nlib.first(q)  # access",
        "argument 1 of first()",
    ),
    "freed in a list": (
        "p = ffi.new('int *')  # made\nq = p + 0\ndel p  # freed\nlib.first_of([q])  # access",
        "argument 1 of first_of()",
    ),
    "free() of new()": (
        "p = ffi.new('int *')  # made\nlib.free(p)  # access",
        "free() got memory that Python owns",
    ),
    "free() of the middle": (
        "p = ffi.new('int[9]')  # made\nlib.free(p + 2)  # access",
        "free() got memory that Python owns",
    ),
    "realloc() of new()": (
        "p = ffi.new('int *')  # made\nlib.realloc(p, 9)  # access",
        "realloc() got memory",
    ),
    "free() of a buffer": (
        "b = bytearray(99)\np = ffi.from_buffer(b)  # made\nlib.free(p)  # access",
        "free() got memory that Python owns",
    ),
    "free() twice": (
        "p = lib.malloc(9)  # made\nlib.free(p)  # freed\nlib.free(p)  # access",
        "has been freed",
    ),
    "realloc() after free()": (
        "p = lib.malloc(9)  # made\nlib.free(p)  # freed\nlib.realloc(p, 5)  # access",
        "has been freed",
    ),
    "free() of a wild pointer": (
        "p = ffi.cast('void *', 0x123450)\nlib.free(p)  # access",
        "no memory is mapped",
    ),
    "kept by C": (
        "lib.keep(ffi.new('char[]', b'abc'))  # made freed\nffi.string(lib.kept())  # access",
        "string()",
    ),
    "array of a call, kept by C": (
        "lib.keep(ffi.NULL)\nlib.keep_array([1, 2])  # made freed\nffi.cast('int *', lib.kept())[0]  # access",
        "reading item 0",
    ),
    "result gone": (
        "q = ffi.addressof(lib.make())  # made freed\nq.a  # access",
        "reading field 'a'",
    ),
    "struct by value, freed": (
        "p = ffi.new('struct s *')  # made\nq = p + 0\ndel p  # freed\nlib.same(q[0])  # access",
        "freed",
    ),
    "constant variable": ("lib.fixed = 4  # access", "read-only"),
    "call of data": (
        "p = ffi.new('char[64]')  # made\nf = ffi.cast('int(*)(int)', p)\nf(3)  # access",
        "there is data, and no code",
    ),
    "call of nothing": ("f = ffi.cast('int(*)(int)', 0x123450)\nf(3)  # access", "no memory is mapped"),
    "call of read-only data": (
        "f = ffi.cast('int(*)(void)', ffi.addressof(lib, 'fixed'))\nf()  # access",
        "is no code",
    ),
}

RIGHT = """
    p = ffi.new('int[3]', [1, 2, 3])
    assert lib.zero_behind(p, 2) == 2 and p[2] == 0
    assert lib.sum([1, 2, 3], 3) == 6 and lib.sum((4, 5), 2) == 9 and lib.sum(p, 2) == 3
    assert lib.first(p) == 1 and lib.no_arguments() == 7 and lib.first_of([p]) == 1
    made = lib.make()
    assert made.a == 1 and ffi.string(made.b) == b'abc' and lib.same(made).a == 1
    assert lib.strlen(b'abc') == 3
    m = lib.malloc(10)
    m = lib.realloc(m, 20)
    lib.free(m)
    lib.free(ffi.NULL)
    g = ffi.gc(lib.malloc(10), lib.free)
    ffi.release(g)
    del g
    keep = ffi.new('char[]', b'abc')
    lib.keep(keep)
    assert ffi.string(lib.kept()) == b'abc'
    callback = ffi.callback('int(int)', lambda x: x + 1)
    assert lib.through(callback, 4) == 5
    for call in (lambda: lib.sum(keep, n=3), lambda: lib.sum(n=3), lambda: lib.first(p=keep)):
        try:
            call()
        except TypeError as error:
            assert 'keyword' in str(error), error
        else:
            raise AssertionError('keywords were taken')
    if hasattr(lib, 'counter'):
        assert lib.counter == 3
        lib.counter = 4
        assert lib.counter == 4 and lib.fixed == 5
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    folder = tmp_path_factory.mktemp("calls")
    (folder / "calls.c").write_text(SOURCE)
    subprocess.run(
        ["cc", "-w", "-shared", "-fPIC", "-O0", "-o", "calls.so", "calls.c"], cwd=folder, check=True
    )
    build = f"""
        import cffi
        ffi = cffi.FFI()
        ffi.cdef({CDEF.replace("int counter", "extern int counter")!r})
        ffi.set_source("_calls", {SOURCE!r}, extra_compile_args=["-w", "-O0"])
        ffi.compile({str(folder)!r})
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(build)], check=True, capture_output=True)
    (folder / "inline.py").write_text(
        f"import cffi\nffi = cffi.FFI()\nffi.cdef({CDEF.replace('int counter', 'extern int counter')!r})\n"
        f"lib = ffi.dlopen({str(folder / 'calls.so')!r})\n"
    )
    return folder


def run(folder: Path, kind: str, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    module = "_calls" if kind == "compiled" else "inline"
    (folder / "program.py").write_text(f"from {module} import ffi, lib\n{code}\n")
    return subprocess.run(
        [sys.executable, *options, "program.py"],
        cwd=folder,
        env={**os.environ, "FERROCFFI_CHECKED": "1", "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("kind", ["compiled", "in-line"])
@pytest.mark.parametrize("name", WRONG)
def test_wrong(folder: Path, kind: str, name: str) -> None:
    code, text = WRONG[name]
    done = run(folder, kind, code)
    assert done.returncode == 1, f"{done.returncode} {done.stderr}"
    assert "AccessError: " in done.stderr and text in done.stderr, done.stderr
    for number, line in enumerate(code.splitlines(), 2):
        marks = line.partition("#")[2].split()
        if "made" in marks:
            assert f"made at {folder}/program.py:{number}" in done.stderr, done.stderr
        if "freed" in marks:
            assert f"freed at {folder}/program.py:{number}" in done.stderr, done.stderr
        if "access" in marks:
            assert f'program.py", line {number}' in done.stderr, done.stderr


@pytest.mark.parametrize("kind", ["compiled", "in-line"])
def test_right(folder: Path, kind: str) -> None:
    done = run(folder, kind, textwrap.dedent(RIGHT))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("kind", ["compiled", "in-line"])
@pytest.mark.parametrize("options", [[], ["-X", "faulthandler"]], ids=["plain", "faulthandler"])
def test_crash_in_c(folder: Path, kind: str, options: list[str]) -> None:
    code = "p = ffi.new('char[8]')\ndef f():\n    lib.crash(p)\nf()"
    done = run(folder, kind, code, *options)
    assert done.returncode == -11, done.stderr
    assert "ferrocffi: SIGSEGV at address 0x10 in a call of crash()" in done.stderr
    assert "argument 1: 'char[8]' 0x" in done.stderr
    assert f"char[8] made at {folder / 'program.py'}:2" in done.stderr or "char[8] made at" in done.stderr
    assert "program.py:4" in done.stderr and "program.py:5" in done.stderr
    assert ("Fatal Python error: Segmentation fault" in done.stderr) == bool(options)


def test_abort_in_c(folder: Path) -> None:
    done = run(folder, "compiled", "lib.stop(0)\nlib.stop(3)")
    assert done.returncode == -6, done.stderr
    assert "ferrocffi: SIGABRT in a call of stop()" in done.stderr and "argument 1: 3" in done.stderr


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="other processors divide by zero")
@pytest.mark.parametrize("options", [[], ["-X", "faulthandler"]], ids=["plain", "faulthandler"])
def test_division_in_c(folder: Path, options: list[str]) -> None:
    done = run(folder, "in-line", "lib.divide(7, 0)", *options)
    assert done.returncode == -signal.SIGFPE, done.stderr
    assert "ferrocffi: SIGFPE in a call of divide()" in done.stderr
    assert "argument 1: 7\n  argument 2: 0\n  called from program.py:2" in done.stderr.replace(f"{folder}/", "")


def test_trap_in_c(folder: Path) -> None:
    done = run(folder, "compiled", "lib.trap()")
    assert done.returncode in (-signal.SIGILL, -signal.SIGTRAP), done.stderr
    assert "ferrocffi: SIGILL in a call of trap()" in done.stderr or done.returncode == -signal.SIGTRAP


def test_file_that_is_too_short(folder: Path) -> None:
    (folder / "short").write_bytes(b"x")
    done = run(folder, "in-line", f"lib.short_file({str(folder / 'short').encode()!r})")
    assert done.returncode == -signal.SIGBUS, done.stderr
    assert "ferrocffi: SIGBUS at address 0x" in done.stderr and "call of short_file()" in done.stderr


@pytest.mark.parametrize("options", [[], ["-X", "faulthandler"]], ids=["plain", "faulthandler"])
@pytest.mark.parametrize("thread", [False, True], ids=["main thread", "another thread"])
def test_stack_without_room(folder: Path, thread: bool, options: list[str]) -> None:
    code = "lib.endless(3)"
    if thread:
        code = f"import threading\nt = threading.Thread(target=lambda: {code})\nt.start()\nt.join()"
    done = run(folder, "compiled", code, *options)
    assert done.returncode == -signal.SIGSEGV, done.stderr
    assert "in a call of endless()" in done.stderr and "argument 1: 3" in done.stderr
    assert "ferrocffi: SIGSEGV" in done.stderr and "the stack of this thread has no room left" in done.stderr


def test_enabled_later(folder: Path) -> None:
    code = "import faulthandler\nfaulthandler.enable()\nlib.crash(ffi.new('char[8]'))"
    done = run(folder, "compiled", code)
    assert done.returncode == -11, done.stderr
    assert "Fatal Python error: Segmentation fault" in done.stderr
    assert "ferrocffi: SIGSEGV" in done.stderr


def test_double_free_by_two_destructors(folder: Path) -> None:
    code = "p = lib.malloc(8)\na = ffi.gc(p, lib.free)\nb = ffi.gc(p, lib.free)\ndel a\ndel b\nprint('end')"
    done = run(folder, "compiled", code)
    assert done.returncode == 0 and "end" in done.stdout
    assert "AccessError: argument 1 of free(): the memory has been freed" in done.stderr


def test_damage_without_a_call_is_found_at_the_end(folder: Path) -> None:
    code = "p = ffi.new('int[3]')\nlib.keep(ffi.cast('char *', p))\nlib.zero_behind(ffi.cast('int *', lib.kept()), 2)\n"
    assert run(folder, "compiled", code).stderr == ""
