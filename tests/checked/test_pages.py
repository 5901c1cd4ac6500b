"""Memory that ends at a page which C cannot use: reads of C code beyond it are reported."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checked.execute import build

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs mmap()"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler"),
]

START = "import os, sys; sys.path[:0] = ['.']; from _checked_compiled import ffi, lib\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    build(made)
    return made


def run(folder: Path, code: str, mode: str = "pages") -> subprocess.CompletedProcess[str]:
    (folder / "app.py").write_text(START + code)
    return ran(folder, [sys.executable, "app.py"], {**os.environ, "FERROCFFI_CHECKED": mode})


def ran(folder: Path, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    done.stderr = done.stderr.replace(f"{folder}/", "")
    return done


READS = [
    ("p = ffi.new('int[3]')\nlib.load(p, 3)", "0 bytes past the end of int[3] made at app.py:2"),
    ("p = ffi.new('int[3]')\nlib.load(p, 900)", "3588 bytes past the end of int[3] made at app.py:2"),
    (
        "p = ffi.new('struct pt *')\nlib.load(ffi.cast('int *', p), 2)",
        "past the end of struct pt made at app.py:2",
    ),
    ("\nlib.load([1, 2], 2)", "past the end of int[2] made at app.py:3"),
    (
        "p = ffi.new('struct vec *')\np.base = ffi.new('char[]', 5)\nlib.fill_vec(ffi.new('struct vec *', [p.base, 1]), 1)",
        "from the start of char[5] made at app.py:3",
    ),
    (
        "def kept():\n    p = ffi.new('int[4]')\n    lib.keep(p)\nkept()\nlib.write_kept(0, 1)",
        "0 bytes from the start of int[4] made at app.py:3\n  freed at app.py:5: it was freed with the last reference",
    ),
    (
        "p = ffi.new('long[2]')\nlib.keep(p)\nffi.release(p)\nlib.write_kept(1, 1)",
        "1 bytes from the start of long[2] made at app.py:2\n  freed at app.py:4: it was released",
    ),
]


@pytest.mark.parametrize(("code", "says"), READS)
def test_a_read_of_c_code_is_reported(folder: Path, code: str, says: str) -> None:
    done = run(folder, code)
    assert done.returncode < 0 and "ferrocffi: SIGSEGV at address 0x" in done.stderr, done.stderr
    assert says in done.stderr and f"called from app.py:{code.count(chr(10)) + 2}\n" in done.stderr, (
        done.stderr
    )


def test_what_is_right_says_nothing(folder: Path) -> None:
    code = """
import gc
for n in (1, 2, 3, 4, 5, 8, 12, 16, 100, 4096, 5000):
    p = ffi.new("char[]", n)
    lib.fill(p, n, 7)
    assert ffi.buffer(p)[:] == bytes([7]) * n and lib.strlen(ffi.new("char[]", b"x" * n)) == n
    assert int(ffi.cast("uintptr_t", p)) % (n & -n if n & 15 else 16) == 0
q = [ffi.new("double[3]", [i, 1, 2]) for i in range(40000)]
assert all(p[0] == i for i, p in enumerate(q))
lib.move_points([(1, 2), (3, 4)], 2)
assert lib.sum_big(lib.make_big(4)) == 8
del p, q
gc.collect()
if not os.fork():
    ffi.new("int[4]")
    os._exit(0)
assert os.wait()[1] == 0
"""
    done = run(folder, code)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_wrong_accesses_raise_as_before(folder: Path) -> None:
    code = """
def tried(access, says):
    try: access()
    except RuntimeError as error: assert says in str(error), error
    else: raise SystemExit("no error")
p = ffi.new("int[3]"); q = ffi.cast("int *", p)
tried(lambda: q[3], "past the end")
tried(lambda: q[-1], "before the start")
tried(lambda: lib.store(p, -1, 4), "store() has written outside")
ffi.release(p)
tried(lambda: q[0], "has been freed")
tried(lambda: lib.load(q, 0), "argument 1 of load(): the memory has been freed")
"""
    done = run(folder, code)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_the_option_of_the_command(folder: Path) -> None:
    (folder / "app.py").write_text(START + "p = ffi.new('int[3]')\nlib.load(p, 3)")
    command = [sys.executable, "-m", "ferrocffi", "run", "--pages", "app.py"]
    environment = {name: value for name, value in os.environ.items() if name != "FERROCFFI_CHECKED"}
    done = ran(folder, command, environment)
    assert done.returncode < 0 and "past the end of int[3] made at app.py:2" in done.stderr, done.stderr
