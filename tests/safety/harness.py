"""Cases that would crash a careless backend, each run in a process of its own.

A case is a function in a module of ``cases/``, under one of the decorators below. It
says what has to come out; the process that runs it reports what did come out, and
`test_sharp_edges.py` compares the two.

    @raises(RuntimeError, "cannot dereference null pointer from cdata 'int *'")
    def read_null():
        B.cast(INT_P, 0)[0]

Run as a program, this file is that process: ``python harness.py cases/null.py read_null``.
Without a case's name it runs all cases of the files given, and prints what each did.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent

#: This build has an allocator of its own, and no other.
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

#: What the stock backend does in a case where this project's differs on purpose.
DIES = "the process dies"
WRONG = "wrong result, or memory corrupted without a sign"

#: Texts that no process may print, whatever its exit status.
PANIC_TEXTS = (
    "panicked at",
    "RUST_BACKTRACE",
    "fatal runtime error",
    "Fatal Python error",
    "returned NULL without setting an exception",
    "returned a result with an exception set",
    "corrupted",
    "free(): ",
    "malloc(): ",
)


@dataclasses.dataclass(frozen=True)
class Expected:
    """What a case has to do."""

    #: Names of the exception classes that are right; empty when the case returns.
    exceptions: tuple[str, ...] = ()
    #: Text that the exception's message has to contain.
    fragment: str = ""
    #: ``repr`` of the value that the case has to return.
    value: str | None = None
    #: Any value and any ``Exception`` is right, dying is not.
    anything: bool = False
    #: Text that has to be on standard error.
    stderr: str = ""
    #: `DIES` or `WRONG` where the stock backend fails the case.
    stock: str = ""
    #: Seconds that the process may take.
    seconds: float = 60.0


Case = Callable[[], Any]


def _mark(expected: Expected) -> Callable[[Case], Case]:
    def decorate(function: Case) -> Case:
        setattr(function, "expected", expected)  # noqa: B010
        return function

    return decorate


def raises(
    exceptions: type[BaseException] | tuple[type[BaseException], ...],
    fragment: str = "",
    **more: Any,
) -> Callable[[Case], Case]:
    """The case ends with one of `exceptions`, whose message contains `fragment`."""
    classes = exceptions if isinstance(exceptions, tuple) else (exceptions,)
    names = tuple(c.__name__ for c in classes)
    return _mark(Expected(exceptions=names, fragment=fragment, **more))


def returns(value: object, **more: Any) -> Callable[[Case], Case]:
    """The case returns `value` (compared by its repr)."""
    return _mark(Expected(value=repr(value), **more))


def survives(**more: Any) -> Callable[[Case], Case]:
    """The case returns or raises whatever it wants, but the process lives."""
    return _mark(Expected(anything=True, **more))


def load(path: Path) -> ModuleType:
    """Import one file of cases."""
    spec = importlib.util.spec_from_file_location(f"safety_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    sys.modules.setdefault("harness", sys.modules[__name__])
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases_in(module: ModuleType) -> dict[str, Case]:
    """Returns the cases of a module by name, in the order of the file."""
    return {
        name: value
        for name, value in vars(module).items()
        if hasattr(value, "expected") and getattr(value, "__module__", "") == module.__name__
    }


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a process did."""

    status: int
    report: dict[str, Any] | None
    stderr: str

    def problem(self, expected: Expected) -> str | None:
        """Why this is not what was expected, or None."""
        if self.status < 0:
            return f"the process died of signal {-self.status}"
        for text in PANIC_TEXTS:
            if text in self.stderr:
                return f"standard error speaks of {text!r}"
        if self.status != 0 or self.report is None:
            return f"the process ended with status {self.status}"
        if expected.stderr not in self.stderr:
            return f"standard error does not contain {expected.stderr!r}"
        if expected.anything:
            return None
        if expected.value is not None:
            got = self.report.get("value")
            return None if got == expected.value else f"not {expected.value}: {self}"
        if not set(expected.exceptions) & set(self.report.get("classes", ())):
            return f"not {' or '.join(expected.exceptions)}: {self}"
        if expected.fragment not in self.report["message"]:
            return f"the message is not {expected.fragment!r}: {self}"
        return None

    def __str__(self) -> str:
        if self.status < 0:
            return f"signal {-self.status}"
        if self.report is None:
            return f"status {self.status}"
        if "value" in self.report:
            return f"returned {self.report['value']}"
        return f"{self.report['classes'][0]}: {self.report['message']}"


def run_case(path: Path, name: str, seconds: float = 60.0) -> Outcome:
    """Runs one case in a process of its own.

    Freed memory is overwritten there, so that a use of it shows.
    """
    environment = dict(
        os.environ,
        PYTHONMALLOC="debug" if FREE_THREADED else "malloc_debug",
        MALLOC_PERTURB_="165",
        MALLOC_CHECK_="3",
        PYTHONIOENCODING="utf-8:backslashreplace",
    )
    done = subprocess.run(
        [sys.executable, "-B", str(HERE / "harness.py"), str(path), name],
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        env=environment,
        timeout=seconds,
        check=False,
    )
    report = None
    for line in done.stdout.splitlines():
        if line.startswith("REPORT "):
            report = json.loads(line[len("REPORT ") :])
    return Outcome(done.returncode, report, done.stderr)


MOST_MEMORY = 16 << 30


def limit_memory() -> None:
    """Refuses what is far too much. The allocator of the build without GIL would give it, and its debug hooks fill it."""
    if FREE_THREADED and sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def report_case(path: Path, name: str) -> None:
    """Runs one case in this process and prints its report."""
    limit_memory()
    case = cases_in(load(path))[name]
    try:
        value = case()
    except Exception as problem:
        report = {
            "classes": [c.__name__ for c in type(problem).__mro__],
            "message": str(problem),
        }
    else:
        report = {"value": repr(value)}
    print("REPORT " + json.dumps(report), flush=True)


def survey(paths: list[Path]) -> None:
    """Prints what every case of some files does with the backend in use."""
    for path in paths:
        for name, case in cases_in(load(path)).items():
            expected: Expected = getattr(case, "expected")  # noqa: B009
            try:
                outcome = run_case(path, name, expected.seconds)
            except subprocess.TimeoutExpired:
                print(f"HANGS  {path.stem}.{name}")
                continue
            problem = outcome.problem(expected)
            word = "ok" if problem is None else "DIES" if outcome.status < 0 else "WRONG"
            what = ascii(problem or str(outcome))[1:-1]
            print(f"{word:6} {path.stem}.{name} [{expected.stock}] {what[:200]}")


def main(arguments: list[str]) -> None:
    if len(arguments) == 2 and not arguments[1].endswith(".py"):
        report_case(Path(arguments[0]), arguments[1])
    else:
        survey([Path(a) for a in arguments] or sorted((HERE / "cases").glob("*.py")))


if __name__ == "__main__":
    main(sys.argv[1:])
