"""Running one suite in one environment, test by test, through crashes and hangs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ci.environment import Environment
from ci.project import locked, output, say
from tests.upstream import sources
from tests.upstream.suites import Suite

PATIENCE = float(os.environ.get("UPSTREAM_PATIENCE") or 1)
"""A factor for the time that a test may take, for emulated processors."""

CRASHES_ALLOWED = 40
"""How often a suite is resumed after a test that killed it, before the rest counts as not run."""


@dataclass
class Result:
    """What became of one test: passed, failed, skipped, xfailed, crashed or hung."""

    outcome: str
    detail: str = ""


@dataclass
class Run:
    """A suite's results in one environment, by test id."""

    results: dict[str, Result]
    seconds: float
    texts: dict[str, int] = field(default_factory=dict)
    """How many texts of `cdef()` each parser took, if the backend counts them; see `_cffi_backend._cdef_counts`."""

    def ids(self, *outcomes: str) -> list[str]:
        """Returns the tests with one of these outcomes, sorted."""
        return sorted(test for test, result in self.results.items() if result.outcome in outcomes)

    def summary(self) -> str:
        """Counts in the manner of pytest's last line."""
        outcomes = [result.outcome for result in self.results.values()]
        order = ("failed", "crashed", "hung", "passed", "skipped", "xfailed")
        counts = [f"{outcomes.count(name)} {name}" for name in order if name in outcomes]
        return f"{', '.join(counts) or 'nothing ran'} in {self.seconds:.1f} s"


def execute(suite: Suite, into: Environment, only: list[str] | None = None) -> Run:
    """Runs a suite (or the tests named in `only`) with that environment's interpreter."""
    folder = sources.FOLDER / "runs" / f"{into.folder.name}-{suite.name}"
    with locked(folder.with_name(f"{folder.name}.lock")):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        started = time.monotonic()
        results = _Session(suite, into, folder, only).complete()
        return Run(results, time.monotonic() - started, _texts(folder))


def _texts(folder: Path) -> dict[str, int]:
    """Returns the sum of what the processes have counted."""
    total: Counter[str] = Counter()
    file = folder / "events.jsonl.texts"
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        total.update(json.loads(line))
    return dict(total)


class _Session:
    """The processes that it takes to bring one suite to its end."""

    def __init__(self, suite: Suite, into: Environment, folder: Path, only: list[str] | None) -> None:
        self.suite = suite
        self.root = sources.unpack(suite.source, folder)
        self.events = folder / "events.jsonl"
        self.done = folder / "done.txt"
        self.log = folder / "output.txt"
        self.killed = False
        self.command = self._command(into, folder)
        self.env = self._environment(into, folder)
        if only is not None:
            names = folder / "only.txt"
            names.write_text("\n".join(only) + "\n", encoding="utf-8")
            self.env["UPSTREAM_ONLY"] = str(names)

    def _command(self, into: Environment, folder: Path) -> list[str]:
        config = folder / "pytest.ini"
        config.write_text("[pytest]\n", encoding="utf-8")
        command = [str(into.python), "-m", "pytest", "-q", "-p", "outcomes", "-p", "no:cacheprovider"]
        command += [
            "-c",
            str(config),
            "--rootdir",
            str(self.root),
            "--tb=short",
            "--continue-on-collection-errors",
        ]
        command += [f"--ignore={self.root / path}" for path in self.suite.ignore]
        if self.suite.workers:
            command += ["-n", str(self.suite.workers), "--maxprocesses", str(self.suite.workers)]
        return command + list(self.suite.paths)

    def _environment(self, into: Environment, folder: Path) -> dict[str, str]:
        temporary = folder / "tmp"
        temporary.mkdir()
        env = {
            k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PYTHON", "MAKE", "MFLAGS"))
        }
        # Programs that embed Python start outside the environment: they find cffi through PYTHONPATH.
        packages = output(
            [into.python, "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"]
        ).strip()
        paths = [str(Path(__file__).parent / "plugin"), packages]
        env["PYTHONPATH"] = os.pathsep.join(paths)
        env["PATH"] = os.pathsep.join([str(into.scripts), env.get("PATH", "")])
        env["TMPDIR"] = str(temporary)
        env["UPSTREAM_EVENTS"] = str(self.events)
        return env | dict(self.suite.env)

    def complete(self) -> dict[str, Result]:
        """Run, and go on after a crash without the tests that are done, until all have run."""
        results: dict[str, Result] = {}
        for _ in range(CRASHES_ALLOWED + 1):
            self.events.unlink(missing_ok=True)
            code = self._process()
            current = self._read(results)
            if current is None:
                if code not in (0, 1, 5) and not results:
                    tail = self.log.read_text(encoding="utf-8", errors="replace")[-3000:]
                    say(f"pytest ended with exit code {code}:\n{tail}")
                return results
            say(f"{self.suite.name}: {current} ended the process ({code}); going on after it")
            self.done.write_text("\n".join(results) + "\n", encoding="utf-8")
            self.env["UPSTREAM_DONE"] = str(self.done)
        say(f"{self.suite.name}: more than {CRASHES_ALLOWED} tests ended the process; the rest was not run")
        return results

    def _process(self) -> int:
        """One pytest process, killed if a test takes too long; its exit code."""
        self.killed = False
        with self.log.open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                [*self.command], cwd=self.root, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            size, changed = -1, time.monotonic()
            try:
                while process.poll() is None:
                    time.sleep(0.1)
                    now = self.events.stat().st_size if self.events.exists() else 0
                    if now != size:
                        size, changed = now, time.monotonic()
                    elif time.monotonic() - changed > self.suite.seconds_per_test * PATIENCE:
                        self.killed = True
                        process.kill()
            finally:
                process.kill()
            return process.wait()

    def _read(self, results: dict[str, Result]) -> str | None:
        """Adds the events of one process to the results; a test it died in, None if it came to its end."""
        started: dict[str, None] = {}
        if not self.events.exists():
            return None
        for line in self.events.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            test, kind = event["test"], event["event"]
            if kind == "start":
                started[test] = None
            elif kind == "finish":
                started.pop(test, None)
            elif kind == "failed" or test not in results:
                results[test] = Result(kind, event["detail"])
        outcome = "hung" if self.killed else "crashed"
        for test in started:
            results[test] = Result(outcome)
        return next(reversed(started), None)
