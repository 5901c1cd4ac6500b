"""Environments with the two backends, and the C code that the operations call, built once."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from benches import peers
from benches.fixtures import HERE, LIBRARY
from ci import environment, wheel
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import CACHE, FRONT_ENDS, NEWEST_CFFI, ROOT, Failed, output, run, say

ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
"""What every worker runs with."""


@dataclass(frozen=True)
class Bench:
    """All that the workers of one interpreter need."""

    version: str
    stock: Environment
    ours: Environment
    rebuilt: Environment | None
    """The stock backend built from source, where that can be done."""
    build: Path
    """The folder of the built library and modules."""
    absent: dict[str, str]
    """Which peers are left out, and why."""

    def python(self, role: str) -> Path:
        """Returns the interpreter for a role: all but `ours` and `rebuilt` run beside the stock backend."""
        if role == "rebuilt" and self.rebuilt:
            return self.rebuilt.python
        return (self.ours if role == "ours" else self.stock).python


def prepare(interpreter: Interpreter, *, build_wheel: bool = True) -> Bench:
    """Makes both environments and builds; without `build_wheel` ours is what was installed before."""
    packages = FRONT_ENDS[NEWEST_CFFI]
    stock = environment.ensure(interpreter, f"bench-{interpreter.version}-stock", packages=packages)
    ours = environment.ensure(interpreter, f"bench-{interpreter.version}", packages=packages)
    if build_wheel:
        say(f"building the wheel for CPython {interpreter.version}")
        wheel.install(wheel.build(interpreter), ours)
    wheel.confirm(ours)
    folder = build(stock)
    absent = peers.build(interpreter, folder, folder / LIBRARY)
    return Bench(interpreter.version, stock, ours, _rebuilt(interpreter), folder, absent)


def _rebuilt(interpreter: Interpreter) -> Environment | None:
    """Returns the stock release compiled with the interpreter's own flags: the published one has no optimisation."""
    packages = (*FRONT_ENDS[NEWEST_CFFI], "--no-binary", "cffi")
    try:
        return environment.ensure(interpreter, f"bench-{interpreter.version}-rebuilt", packages=packages)
    except Failed:
        say("the stock backend cannot be built from source here (libffi-dev?): that column is left out")
        return None


def _peers() -> list[Path]:
    """Returns the files that the peers' modules are built from."""
    folder = HERE / "peers"
    return sorted([*folder.glob("*.*"), *folder.glob("pyo3/Cargo.*"), *folder.glob("pyo3/src/*")])


def build(stock: Environment) -> Path:
    """Generates with the stock front end and compiles; the same files serve both backends."""
    sources = [*sorted((HERE / "native").iterdir()), *_peers(), HERE / "compiled.py", HERE / "fixtures.py"]
    parts = [path.read_bytes() for path in sources]
    about = output(
        [
            stock.python,
            "-c",
            "import sys, sysconfig as s; print(s.get_path('include')); print(s.get_config_var('EXT_SUFFIX')); print(sys.version)",
        ]
    )
    include, suffix, _ = about.split("\n", 2)
    digest = hashlib.sha256(b"\0".join([about.encode(), *parts])).hexdigest()[:16]
    folder = CACHE / "bench" / f"{stock.version}-{digest}"
    if (folder / "done").exists():
        return folder
    if sys.platform == "win32":
        raise Failed("the benchmarks need a Unix C compiler")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    say("compiling the library, the extension and the generated modules")
    run([stock.python, "-m", "benches.compiled", folder], env=ENVIRONMENT)
    compiler = os.environ.get("CC") or "cc"
    common: list[str | Path] = [
        compiler,
        "-shared",
        "-fPIC",
        "-I",
        HERE / "native",
        "-I",
        include,
        "-Wno-unused-function",
    ]
    if sys.platform == "darwin":
        common += ["-undefined", "dynamic_lookup"]
    run([*common, "-O2", HERE / "native" / "library.c", "-o", folder / LIBRARY])
    linked: list[str | Path] = [folder / LIBRARY, f"-Wl,-rpath,{folder}"]
    run([*common, "-O2", HERE / "native" / "extension.c", *linked, "-o", folder / f"_bench_direct{suffix}"])
    run([*common, "-O2", HERE / "native" / "limit.c", *linked, "-o", folder / f"_bench_limit{suffix}"])
    run([*common, "-O2", folder / "_bench_api.c", *linked, "-o", folder / f"_bench_api{suffix}"])
    run([*common, "-O1", folder / "_bench_large.c", "-o", folder / f"_bench_large{suffix}"])
    # Compiled beforehand as an installed one is, since the workers write no bytecode.
    run([stock.python, "-m", "compileall", "-q", folder], quiet=True)
    (folder / "done").touch()
    return folder
