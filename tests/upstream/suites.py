"""Which suites there are: what they run, on which interpreters, and how long a test may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A source distribution, of cffi if no other project is named."""

    version: str
    sha256: str
    pythons: tuple[str, ...]
    """Interpreter versions that its quick suites are run on."""
    slow_pythons: tuple[str, ...]
    """Interpreter versions that all of its suites are run on."""
    project: str = "cffi"
    """As it is written in the name of the archive."""
    keep: tuple[str, ...] = ()
    """Files and folders to unpack, so that the rest does not hide what is installed; all if empty."""

    @property
    def stem(self) -> str:
        """Name of the archive without its suffix, and of the folder in it."""
        return f"{self.project}-{self.version}"


@dataclass(frozen=True)
class Suite:
    """Some test files of a source distribution."""

    name: str
    source: Source
    paths: tuple[str, ...]
    quick: bool = False
    """True if it needs no C compiler and little time: part of ``make test``."""
    workers: int = 0
    """Processes that share the tests; 0 runs them in one, as upstream does."""
    seconds_per_test: float = 60.0
    ignore: tuple[str, ...] = ()
    """Files left to another suite."""
    env: tuple[tuple[str, str], ...] = ()
    """Environment variables that it is run with."""

    @property
    def pythons(self) -> tuple[str, ...]:
        """Interpreter versions that this suite is run on."""
        return self.source.pythons if self.quick else self.source.slow_pythons


NEWEST = Source(
    "2.1.1",
    "dd31f52ea1086513bb9df30f8fcee9b8918323ae067a3d5b78bc826a000712be",
    ("3.11", "3.13", "3.12", "3.10", "3.14", "3.15", "3.14t", "3.15t"),
    ("3.11", "3.13", "3.14t"),
)
OLDEST = Source(
    "1.15.0",
    "920f0d66a896c2d99f0adbb391f990a84091179542c205fa53ce5787aff87954",
    ("3.10",),
    ("3.10",),
)

_CFFI0_NO_COMPILER = tuple(
    f"testing/cffi0/{name}.py"
    for name in (
        "test_cdata",
        "test_ctypes",
        "test_ffi_backend",
        "test_function",
        "test_model",
        "test_ownlib",
        "test_parsing",
        "test_platform",
        "test_unicode_literals",
        "test_version",
    )
)


def _release(source: Source, test_c: str) -> tuple[Suite, ...]:
    return (
        Suite("test_c", source, (test_c,), quick=True),
        Suite("cffi0-quick", source, _CFFI0_NO_COMPILER, quick=True),
        # In one process: its tests share a folder of generated modules, under the same names.
        Suite("cffi0-compiled", source, ("testing/cffi0",), seconds_per_test=300, ignore=_CFFI0_NO_COMPILER),
        # In one process too: its files compile modules into one folder while they are collected.
        Suite("cffi1", source, ("testing/cffi1",), seconds_per_test=300),
        Suite("embedding", source, ("testing/embedding",), seconds_per_test=300),
    )


SUITES = _release(NEWEST, "src/c/test_c.py") + _release(OLDEST, "c/test_c.py")
