"""The driver's side of the workers."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from types import TracebackType
from typing import Any

from benches.prepare import ENVIRONMENT, Bench
from ci.project import ROOT


class Lost(Exception):
    """A worker that died, or an operation that raised or gave a wrong result; the text says which."""


class Worker:
    """A process of one role, started when it is first asked and again after it died."""

    def __init__(self, bench: Bench, role: str) -> None:
        self.bench = bench
        self.role = role
        self.process: subprocess.Popen[str] | None = None
        self.said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in close()
        """Its error stream: a file, because a pipe that nobody reads would stop it."""

    def ask(self, **request: object) -> dict[str, Any]:
        """Sends one request and waits for the answer; raises `Lost`."""
        if self.process is None:
            self.process = subprocess.Popen(
                [self.bench.python(self.role), "-m", "benches.worker", self.role, self.bench.build],
                cwd=ROOT,
                env={**os.environ, **ENVIRONMENT},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.said,
                text=True,
            )
        process = self.process
        assert process.stdin and process.stdout
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            process.communicate()
            self.process = None
            raise Lost(f"the process died with status {process.returncode}: {self._last()}")
        answer: dict[str, Any] = json.loads(line)
        if said := self._last():
            raise Lost(f"the process wrote: {said}")
        if "error" in answer:
            raise Lost(answer["error"])
        return answer

    def _last(self) -> str:
        """Returns the last line that it wrote to its error stream since it was last asked."""
        self.said.seek(0)
        lines = self.said.read().strip().splitlines()
        self.said.seek(0)
        self.said.truncate()
        return lines[-1] if lines else ""

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.communicate()
            self.process = None
        self.said.close()


class Pool:
    """One worker for each role."""

    def __init__(self, bench: Bench, roles: tuple[str, ...]) -> None:
        self.workers = {role: Worker(bench, role) for role in roles}

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers.values():
            worker.close()
