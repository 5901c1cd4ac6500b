"""The mode itself: how it is chosen, what it shows, its bounds, threads, forks and interpreters."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PROLOGUE = """
import gc, os, sys, threading
import cffi
ffi = cffi.FFI()
ffi.cdef("struct s { int a; }; size_t strlen(const char *); char *strcpy(char *, const char *);")
libc = ffi.dlopen(None)
"""


def run(
    code: str, *options: str, checked: str | None = "1", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "FERROCFFI_CHECKED"}
    if checked is not None:
        environment["FERROCFFI_CHECKED"] = checked
    return subprocess.run(
        [sys.executable, *(options or ("-c",)), *([PROLOGUE + textwrap.dedent(code)] if code else [])],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def printed(code: str) -> str:
    done = run(code)
    assert done.returncode == 0, done.stderr
    lines = [
        line
        for line in done.stderr.splitlines()
        if "DeprecationWarning" not in line and "os.fork()" not in line
    ]
    assert lines == []
    return done.stdout


@pytest.mark.parametrize("value", [None, "", "0"])
def test_off(value: str | None) -> None:
    done = run(
        "import ferrocffi.checked as c; import _cffi_backend; print(c.enabled(), c.regions(), dir(_cffi_backend))",
        checked=value,
    )
    assert done.stdout.startswith("False []") and "_checked" not in done.stdout


def test_another_value_is_refused() -> None:
    done = run("", "-c", "import _cffi_backend", checked="yes")
    assert "ImportError: FERROCFFI_CHECKED is 'yes', which must be '1', 'pages' or '0'" in done.stderr


def test_regions() -> None:
    out = printed(
        """
        import ferrocffi.checked as c
        small, big = ffi.new("int[3]"), ffi.new("char[]", 5000)
        buffer = ffi.from_buffer(bytearray(70))
        for region in c.regions()[:2]: print(region)
        assert [r.size for r in c.regions()] == [5000, 70, 12]
        del small, big, buffer
        assert c.regions() == [] and c.quarantine()[0] == 2
        """
    )
    lines = out.splitlines()
    assert lines[0].startswith("5000 bytes: char[5000] made at ") and lines[0].endswith(" by ffi.new()")
    assert lines[1].startswith("70 bytes: char[70] made at ")


def test_report() -> None:
    done = run(
        "import ferrocffi.checked as c\nkeep = [ffi.new('int[4]') for i in range(3)]\nc.report_at_exit()"
    )
    assert "3 regions are alive, 48 bytes" in done.stderr
    assert "48 bytes in      3 of int[4], by ffi.new() at" in done.stderr


def test_the_quarantine_is_bounded() -> None:
    printed(
        """
        import ferrocffi.checked as c
        for i in range(40000): ffi.new("int[2]")
        for i in range(200): ffi.new("char[]", 1 << 20)
        count, size = c.quarantine()
        assert count <= 2048 and size <= 64 << 20, (count, size)
        """
    )


def test_memory_is_bounded() -> None:
    printed(
        """
        import resource
        def work():
            for i in range(30000):
                p = ffi.new("struct s[8]"); p[1].a = i; ffi.string(ffi.new("char[]", b"abc")); ffi.from_buffer(bytearray(9))
        work()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        work(); work(); work()
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 6000, grown
        """
    )


def test_threads() -> None:
    printed(
        """
        wrong = []
        def work(n):
            try:
                for i in range(800):
                    p = ffi.new("int[16]"); q = ffi.cast("int *", p); q[15] = n
                    assert q[15] == n and libc.strlen(b"abc") == 3
                    try: q[16]
                    except RuntimeError: pass
                    else: wrong.append("no error")
                    del p
                    try: q[0]
                    except RuntimeError as e: assert "freed" in str(e)
                    else: wrong.append("no error after free")
            except BaseException as e: wrong.append(repr(e))
        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        [t.start() for t in threads]; [t.join() for t in threads]
        assert not wrong, wrong[:3]
        """
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork()")
def test_fork() -> None:
    printed(
        """
        stop = []
        def churn():
            while not stop: ffi.new("int[16]")
        threads = [threading.Thread(target=churn) for n in range(3)]
        [t.start() for t in threads]
        p = ffi.new("int[4]"); q = ffi.cast("int *", p)
        for i in range(30):
            child = os.fork()
            if not child:
                try: q[4]
                except RuntimeError: pass
                else: os._exit(1)
                n = ffi.new("int *", 3); r = n + 0; del n
                try: r[0]
                except RuntimeError: os._exit(0)
                os._exit(2)
            assert os.waitpid(child, 0)[1] == 0
        stop.append(1); [t.join() for t in threads]
        """
    )


def test_subinterpreters() -> None:
    code = """
        try: import _xxsubinterpreters as interpreters
        except ImportError: import _interpreters as interpreters
        program = '''if True:
            import cffi
            ffi = cffi.FFI()
            p = ffi.new("int[4]"); q = ffi.cast("int *", p); q[3] = 1
            try: q[4]
            except RuntimeError as e: assert type(e).__name__ == "AccessError", e
            else: raise SystemError("no error")
            del p
            try: q[0]
            except RuntimeError as e: assert "freed" in str(e)
            else: raise SystemError("no error")
            keep = ffi.new("char[]", 100)
            '''
        for i in range(5):
            one = interpreters.create()
            failed = interpreters.run_string(one, program)
            assert failed is None, failed
            interpreters.destroy(one)
            ffi.new("int[4]")
        """
    printed(code)


def test_run_command(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import sys, cffi\nffi = cffi.FFI()\nq = ffi.cast('int *', ffi.new('int *'))\nprint(sys.argv)\nq[0]\n"
    )
    wrong = run("", "-m", "ferrocffi", "run", "--checked", "app.py", "a", "--b", checked=None, cwd=tmp_path)
    assert (
        wrong.returncode == 1 and "AccessError" in wrong.stderr and "['app.py', 'a', '--b']" in wrong.stdout
    )
    assert run("", "-m", "ferrocffi", "run", "app.py", checked=None, cwd=tmp_path).returncode == 0
    assert run("", "-m", "ferrocffi", "run", checked=None, cwd=tmp_path).returncode == 2


def test_doctor() -> None:
    assert "ferrocffi.AccessError" in run("", "-m", "ferrocffi").stdout.replace("\\n", "")
    assert "AccessError" not in run("", "-m", "ferrocffi", checked=None).stdout


def test_pytest_plugin(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(
        "import cffi\nffi = cffi.FFI()\nffi.cdef('void *memset(void *, int, size_t);')\nlib = ffi.dlopen(None)\n"
        "def test_good(): assert ffi.new('int *', 3)[0] == 3\n"
        "def test_bad(): ffi.cast('int *', ffi.new('int *'))[0]\n"
    )
    done = run("", "-m", "pytest", "-p", "ferrocffi.checked_plugin", "-q", checked=None, cwd=tmp_path)
    assert "1 failed, 1 passed" in done.stdout and "AccessError" in done.stdout, done.stdout


@pytest.mark.parametrize("options", [[], ["-n", "1"]], ids=["alone", "with workers"])
def test_pytest_plugin_shows_what_no_test_can_catch(tmp_path: Path, options: list[str]) -> None:
    if options:
        pytest.importorskip("xdist")
    (tmp_path / "test_it.py").write_text(
        "import cffi\nffi = cffi.FFI()\nffi.cdef('void *malloc(size_t); void free(void *);')\n"
        "lib = ffi.dlopen(None)\n"
        "def test_twice():\n    p = lib.malloc(8)\n    a, b = ffi.gc(p, lib.free), ffi.gc(p, lib.free)\n    del a, b\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "ferrocffi.checked_plugin", "-W", "ignore", *options, "test_it.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "1 passed" in done.stdout and "wrong accesses that no test could catch" in done.stdout
    assert "test_it.py::test_twice: argument 1 of free(): the memory has been freed" in done.stdout


def test_own_objects_keep_their_faces() -> None:
    printed(
        """
        p = ffi.new("struct s *"); a = ffi.new("int[]", 3); c = ffi.new("char *", b"x")
        assert repr(p) == "<cdata 'struct s *' owning 4 bytes>", repr(p)
        assert repr(a) == "<cdata 'int[]' owning 12 bytes>", repr(a)
        assert ffi.string(c) == b"x" and len(a) == 3 and ffi.sizeof(a) == 12
        assert p[0] == p[0] and type(p[0]) is type(a)
        q = p[0]; del p; q.a = 5; assert q.a == 5
        r = ffi.new("int[4]", [1, 2, 3, 4]); assert list(r) == [1, 2, 3, 4]
        assert ffi.unpack(r, 4) == [1, 2, 3, 4] and list(r[1:3]) == [2, 3]
        v = ffi.new("int[0]"); assert len(v) == 0 and list(v) == []
        """
    )
