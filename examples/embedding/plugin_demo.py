"""A C program with a Python plug-in: build both, run the program, check what it says."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _cffi_backend
from _compiler import compile_c, scratch, site_packages
from _support import LibraryMissing, check, run
from build_plugin import ffibuilder

EXPECTED = """\
2 to be
4 or not to be
-1 fail here
4 that is the question
upper SHOUT
thread 6
totals 4 lines 16 words 4.00 mean
progress 4
"""


def build(folder: Path) -> Path:
    """The plug-in and the program that is linked with it."""
    if sys.platform == "win32":
        raise LibraryMissing("the host program is written for POSIX threads")
    if not sysconfig.get_config_var("Py_ENABLE_SHARED") and sys.platform == "linux":
        raise LibraryMissing("this CPython has no shared library: install the Debian package libpython3-dev")
    plugin = Path(ffibuilder.compile(tmpdir=str(folder), target="libcounting.*"))
    program = folder / "host"
    libraries = sysconfig.get_config_var("LIBDIR")
    search = [f"-Wl,-rpath,{folder}", f"-Wl,-rpath,{libraries}", f"-L{libraries}"]
    compile_c(["-o", program, HERE / "host.c", f"-I{HERE}", plugin, *search, "-pthread"])
    print(f"built {plugin.name} and {program.name}")
    return program


def environment() -> dict[str, str]:
    """The program starts outside of any virtual environment: say where cffi is, and the standard library."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return env | {"PYTHONPATH": site_packages(), "PYTHONHOME": sys.base_prefix}


def main() -> None:
    with scratch() as folder:
        program = build(folder)
        done = subprocess.run(
            [program],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        first, *rest = done.stdout.splitlines(keepends=True) or [""]
        print("".join(f"host: {line}" for line in [first, *rest]), end="")
        check("exit status", (done.returncode, done.stderr[-500:] if done.returncode else ""), (0, ""))
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        check("who runs the plug-in", first, f"python {version} backend {_cffi_backend.__file__}\n")
        check("what the program says", "".join(rest), EXPECTED)
        check("the plug-in's error", "ValueError: this one fails" in done.stderr, True)
        print("the plug-in answered from two threads, and its error was reported on standard error")


if __name__ == "__main__":
    run(main)
