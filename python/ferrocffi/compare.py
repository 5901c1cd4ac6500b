"""``ferrocffi bench -- PROGRAM``: a program with the stock backend and with this one, in turns."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from ferrocffi.status import SWITCH

_FILES = "FERROCFFI_BENCH_FILES"
_STARTER = f"""
import os, sys, time
out, err = map(int, os.environ.pop({_FILES!r}).split())
actions = [(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, err, 2)]
start = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - start
print([seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status)])
"""
"""A small process that runs the program. The memory of a process is counted with that of the one which has started it."""

BACKENDS = ("stock", "ferrocffi")


@dataclass(frozen=True)
class Run:
    """One run of the program."""

    backend: str
    seconds: float
    processor_seconds: float | None
    """The time of all processors, of the program and its children; None where the system does not tell."""
    memory: int | None
    """The most bytes that were resident at once, or None."""
    exit_code: int


@dataclass
class Comparison:
    """What the runs have in common, and how they differ."""

    command: list[str]
    runs: list[Run] = field(default_factory=list)
    loads_backend: bool = True
    """Has the program imported ``_cffi_backend``?"""
    same_output: bool = True
    """Was the standard output that of the first run each time?"""
    error: str = ""
    """The end of what a run that failed has printed."""

    def middle(self, backend: str, name: str) -> float | None:
        """Returns the median of a field of all runs on a backend, or None if the system does not tell it."""
        values = [getattr(run, name) for run in self.runs if run.backend == backend]
        return None if not values or None in values else statistics.median(values)

    def ratio(self, name: str) -> float | None:
        """Returns the stock backend's median divided by this one's: above 1, this one is better."""
        stock, ours = (self.middle(backend, name) for backend in BACKENDS)
        return stock / ours if stock and ours else None

    def spread(self, backend: str) -> tuple[float, float]:
        """Returns the seconds of the fastest and of the slowest run."""
        values = [run.seconds for run in self.runs if run.backend == backend]
        return min(values), max(values)

    @property
    def failed(self) -> bool:
        """True if a run has ended with an exit code other than 0."""
        return any(run.exit_code for run in self.runs)


def program(words: Sequence[str]) -> list[str]:
    """Returns the command line. ``python`` is this Python, and so is what only this Python can run."""
    words = list(words)
    if words[0] in ("python", "python3"):
        return [sys.executable, *words[1:]]
    if words[0] in ("-m", "-c") or (words[0].endswith(".py") and not os.access(words[0], os.X_OK)):
        return [sys.executable, *words]
    if not shutil.which(words[0]):
        raise FileNotFoundError(f"there is no program {words[0]!r}; try: ferrocffi bench -- python app.py")
    return words


def compare(comparison: Comparison, runs: int) -> Iterator[Run]:
    """Runs the program, once to warm up and `runs` times on each backend, and yields each run that counts."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        first = _run(comparison.command, "ferrocffi", out, err, PYTHONPROFILEIMPORTTIME="1")
        names = [line.rpartition(b"|")[2].strip() for line in _read(err).splitlines()]
        comparison.loads_backend = b"_cffi_backend" in names
        expected = _read(out)
        if first.exit_code:
            comparison.runs.append(first)
            lines = [
                line
                for line in _read(err).decode(errors="replace").splitlines()
                if "import time:" not in line
            ]
            comparison.error = "\n".join(lines[-8:])
            return
        for _ in range(runs):
            for backend in BACKENDS:
                run = _run(comparison.command, backend, out, err)
                comparison.runs.append(run)
                comparison.same_output &= _read(out) == expected
                yield run
                if run.exit_code:
                    comparison.error = "\n".join(_read(err).decode(errors="replace").splitlines()[-8:])
                    return


def _run(command: list[str], backend: str, out: IO[bytes], err: IO[bytes], **more: str) -> Run:
    for file in (out, err):
        file.seek(0)
        file.truncate()
    env = {**os.environ, **more}
    env.pop(SWITCH, None)
    if backend == "stock":
        env[SWITCH] = "stock"
    if not hasattr(os, "wait4"):
        start = time.perf_counter()
        code = subprocess.run(
            command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err, check=False
        ).returncode
        return Run(backend, time.perf_counter() - start, None, None, code)
    starter = [sys.executable, "-I", "-S", "-c", _STARTER, *command]
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    files = (out.fileno(), err.fileno())
    done = subprocess.run(
        starter,
        env={**env, _FILES: f"{files[0]} {files[1]}"},
        pass_fds=files,
        check=True,
        text=True,
        **streams,
    )
    seconds, processor, memory, code = json.loads(done.stdout)
    return Run(backend, seconds, processor, memory * (1 if sys.platform == "darwin" else 1024), code)


def _read(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()
