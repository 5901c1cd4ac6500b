"""Callbacks on systems that give no page the right to be executed once it was written, and what making them costs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parents[2])

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux"),
    pytest.mark.skipif(
        os.uname().machine not in ("x86_64", "aarch64"), reason="elsewhere libffi makes the code"
    ),
]

PRELUDE = """
import errno, os, struct, sys
import _cffi_backend as B
INT, LONG = B.new_primitive_type('int'), B.new_primitive_type('unsigned long')
VOID_P = B.new_pointer_type(B.new_void_type())
UNARY = B.new_function_type((INT,), INT)
C = B.load_library(None)
def function(name, result, *args):
    return C.load_function(B.new_function_type(args, result), name)
prctl = function('prctl', INT, INT, LONG, VOID_P, LONG, LONG)
mmap = function('mmap', VOID_P, VOID_P, LONG, INT, INT, INT, LONG)
mprotect = function('mprotect', INT, VOID_P, LONG, INT)
NULL = B.cast(VOID_P, 0)
READ, WRITE, EXEC = 1, 2, 4
PRIVATE, ANONYMOUS = 2, 32

def refused():
    "Whether the system refuses to make a page executable that was writable."
    page = mmap(NULL, 4096, READ | WRITE, PRIVATE | ANONYMOUS, -1, 0)
    return mprotect(page, 4096, READ | EXEC) == -1

def callbacks():
    "More than one table of trampolines has."
    made = [B.callback(UNARY, lambda n, k=k: n + k) for k in range(2500)]
    assert [f(1) for f in made] == list(range(1, 2501))
    return made
"""

MDWE = """
PR_SET_MDWE, REFUSE_EXEC_GAIN = 65, 1
if prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, NULL, 0, 0) != 0:
    print('not here')
    sys.exit()
"""

# A filter that answers EACCES to mprotect() with PROT_EXEC, and to memfd_create(), as some hardened systems do.
SECCOMP = """
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES
MPROTECT, MEMFD_CREATE = 10, 319
program = b''.join(struct.pack('HBBI', *line) for line in [
    (LOAD, 0, 0, 0),
    (EQUAL, 4, 0, MEMFD_CREATE),
    (EQUAL, 0, 2, MPROTECT),
    (LOAD, 0, 0, 32),
    (ANY_BIT, 1, 0, EXEC),
    (RETURN, 0, 0, ALLOW),
    (RETURN, 0, 0, REFUSE),
])
text = B.from_buffer(B.new_array_type(B.new_pointer_type(B.new_primitive_type('char')), None), program)
header = B.newp(B.new_array_type(B.new_pointer_type(LONG), 2), [len(program) // 8, int(B.cast(LONG, text))])
if prctl(PR_SET_NO_NEW_PRIVS, 1, NULL, 0, 0) or prctl(PR_SET_SECCOMP, FILTER, header, 0, 0):
    print('not here')
    sys.exit()
"""


def run(code: str, *command: str) -> str:
    """Returns what a process prints that runs that code, started by `command` if there is one."""
    done = subprocess.run(
        [*command, sys.executable, "-c", PRELUDE + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return done.stdout


@pytest.mark.parametrize("rule", [MDWE, SECCOMP], ids=["mdwe", "seccomp"])
def test_callbacks_where_no_page_may_become_executable(rule: str) -> None:
    out = run(f"{rule}\nassert refused()\nmade = callbacks()\ndel made\ncallbacks()\nprint('works')\n")
    if out == "not here\n":
        pytest.skip("this kernel does not know the rule")
    assert out == "works\n"


def test_a_table_of_trampolines_is_mapped_once_for_a_thousand() -> None:
    run("""
        def mappings():
            return sum('x' in line.split()[1] for line in open('/proc/self/maps'))
        before = mappings()
        made = [callbacks(), callbacks(), callbacks()]
        assert 1 <= mappings() - before <= 9, mappings() - before
        after = mappings()
        # Places of callbacks that are gone are used again.
        for _ in range(5):
            del made[:]
            made = [callbacks(), callbacks(), callbacks()]
        assert mappings() - after <= 1, mappings() - after
    """)


@pytest.mark.skipif(not shutil.which("strace"), reason="counts with strace")
def test_making_one_takes_no_system_call(tmp_path: Path) -> None:
    """The same program with 3,000 more callbacks makes a few more calls for memory, not thousands."""

    def calls(count: int) -> int:
        trace = tmp_path / f"{count}.txt"
        code = f"""
            f = lambda n: n
            made = [B.callback(UNARY, f) for _ in range({count})]
            os._exit(0)
        """
        run(code, "strace", "-f", "-o", str(trace))
        return len(re.findall(r"^\d+ +\w+\(", trace.read_text(), re.MULTILINE))

    few, many = calls(1000), calls(4000)
    assert few > 50
    assert many - few < 300, (few, many)
