"""Modules of other tools with the operations of the suite: Cython, nanobind, pybind11 and PyO3, each of a pinned version."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benches.fixtures import PEERS
from ci import environment
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import TARGET, Failed, output, run, say

HERE = Path(__file__).resolve().parent
NATIVE = HERE.parent / "native"
PACKAGES = ("cython==3.3.1", "nanobind==3.1.0", "pybind11==3.1.0")
"""What is downloaded from PyPI; PyO3 is pinned by the lock file of its crate."""


@dataclass(frozen=True)
class _Place:
    """Where modules are built, and for which interpreter."""

    tools: Environment
    folder: Path
    include: str
    suffix: str
    library: Path

    def module(self, name: str) -> Path:
        return self.folder / f"_bench_{name}{self.suffix}"

    def linked(self) -> list[str | Path]:
        """Returns options that link the library of the suite."""
        return ["-I", self.include, "-I", NATIVE, self.library, f"-Wl,-rpath,{self.folder}"]

    def asked(self, expression: str) -> str:
        """Returns what the interpreter with the tools prints for an expression."""
        return output([self.tools.python, "-c", f"print({expression})"]).strip()


def build(interpreter: Interpreter, folder: Path, library: Path) -> dict[str, str]:
    """Builds the modules of all peers into `folder`; returns why some are left out, by role."""
    if (folder / "peers-done").exists():
        return {
            role: (folder / f"{role}.absent").read_text()
            for role in PEERS
            if (folder / f"{role}.absent").exists()
        }
    say("building the modules of Cython, nanobind, pybind11 and PyO3")
    absent = {}
    try:
        tools = environment.ensure(interpreter, f"bench-{interpreter.version}-peers", packages=PACKAGES)
        include, suffix = output(
            [
                tools.python,
                "-c",
                "import sysconfig as s; print(s.get_path('include')); print(s.get_config_var('EXT_SUFFIX'))",
            ]
        ).split()
        place = _Place(tools, folder, include, suffix, library)
    except Failed as error:
        say(f"the peers are left out: {error}")
        return dict.fromkeys(PEERS, "its packages cannot be installed")
    for role, make in _MAKERS.items():
        (folder / f"{role}.absent").unlink(missing_ok=True)
        try:
            make(place)
        except (Failed, OSError) as error:
            absent[role] = "it cannot be built here"
            (folder / f"{role}.absent").write_text(absent[role])
            say(f"{role} is left out: {error}")
    (folder / "peers-done").touch()
    return absent


def _cython(place: _Place, name: str = "cython", *options: str | Path) -> None:
    source = place.folder / f"_bench_{name}.c"
    cython: list[str | Path] = [place.tools.command("cython"), HERE / "_bench_cython.pyx"]
    run([*cython, "--module-name", f"_bench_{name}", "-o", source], quiet=True)
    compiler = os.environ.get("CC") or "cc"
    command: list[str | Path] = [compiler, "-shared", "-fPIC", "-O2", source, "-o", place.module(name)]
    run([*command, *options, *place.linked()], quiet=True)


def _cython_errno(place: _Place) -> None:
    """Builds the same module so that it keeps errno for each thread around calls and callbacks."""
    _cython(place, "cython_errno", "-DKEEP_ERRNO", "-I", HERE)


def _cxx(place: _Place, name: str, *options: str | Path) -> None:
    compiler = os.environ.get("CXX") or "c++"
    command: list[str | Path] = [
        compiler,
        "-std=c++17",
        "-shared",
        "-fPIC",
        "-O2",
        "-DNDEBUG",
        "-fvisibility=hidden",
    ]
    command += [HERE / f"{name}.cpp", *options, "-o", place.module(name)]
    run([*command, *place.linked()], quiet=True)


def _nanobind(place: _Place) -> None:
    include = Path(place.asked("__import__('nanobind').include_dir()"))
    own = include.parent
    _cxx(
        place,
        "nanobind",
        own / "src" / "nb_combined.cpp",
        "-fno-strict-aliasing",
        "-I",
        include,
        "-I",
        own / "ext" / "robin_map" / "include",
    )


def _pybind11(place: _Place) -> None:
    _cxx(place, "pybind11", "-I", place.asked("__import__('pybind11').get_include()"))


def _pyo3(place: _Place) -> None:
    target = TARGET / "peers" / place.tools.version
    environ = {
        "PYO3_PYTHON": str(place.tools.python),
        "CARGO_TARGET_DIR": str(target),
        "RUSTFLAGS": f"-L{place.folder} -lbench -Clink-arg=-Wl,-rpath,{place.folder}",
    }
    run(
        ["cargo", "build", "--release", "--locked", "--manifest-path", HERE / "pyo3" / "Cargo.toml"],
        env=environ,
        quiet=True,
    )
    shutil.copy(target / "release" / "lib_bench_pyo3.so", place.module("pyo3"))


_MAKERS: dict[str, Callable[[_Place], None]] = {
    "cython": _cython,
    "cython_errno": _cython_errno,
    "nanobind": _nanobind,
    "pybind11": _pybind11,
    "pyo3": _pyo3,
}
