"""Which clients there are, what of their own tests is run, and which system libraries that takes."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from tests.upstream.suites import Source, Suite

PYTHONS = ("3.11", "3.13")
"""Interpreter versions that the wheels are pinned for."""


@dataclass(frozen=True)
class Library:
    """A shared library that has to be on the machine."""

    soname: str
    debian: str
    """The Debian package that has it."""

    def missing(self) -> bool:
        """Returns whether it cannot be loaded."""
        try:
            ctypes.CDLL(self.soname)
        except OSError:
            return True
        return False


@dataclass(frozen=True)
class Part:
    """Files of a suite that cannot run on every machine."""

    path: str
    library: Library | None
    """What they need; None for what no pinned environment has."""
    reason: str


@dataclass(frozen=True)
class Client:
    """A package with tests of its own."""

    suite: Suite
    mode: str
    """How it uses cffi."""
    library: Library | None = None
    """A library that its wheel does not bring along."""
    parts: tuple[Part, ...] = ()
    quick: tuple[str, ...] = ()
    """What is run of it in a hurry, if not all."""

    @property
    def name(self) -> str:
        """Name and version, for the report."""
        return f"{self.suite.source.project} {self.suite.source.version}"


def _suite(
    project: str,
    version: str,
    sha256: str,
    keep: str,
    *,
    workers: int = 0,
    env: tuple[tuple[str, str], ...] = (),
) -> Suite:
    source = Source(version, sha256, PYTHONS, PYTHONS, project, (keep,))
    return Suite(project, source, (keep,), workers=workers, seconds_per_test=300, env=env)


_PYNACL_QUICK = (
    "aead",
    "bindings",
    "box",
    "encoding",
    "exc",
    "generichash",
    "hash",
    "kx",
    "public",
    "sealed_box",
    "secret",
    "secretstream",
    "shorthash",
    "signing",
    "utils",
)
"""All but the hashes of passwords, which take their time on purpose."""

_GDK_PIXBUF = Library("libgdk_pixbuf-2.0.so.0", "libgdk-pixbuf-2.0-0")

CLIENTS = (
    Client(
        _suite(
            "pynacl",
            "1.6.2",
            "018494d6d696ae03c7e656e5e74cdfd8ea1326962cc401bcf018f1ed8436811c",
            "tests",
            workers=2,
        ),
        "API mode, abi3",
        quick=tuple(f"tests/test_{name}.py" for name in _PYNACL_QUICK),
    ),
    Client(
        _suite(
            "argon2_cffi",
            "25.1.0",
            "694ae5cc8a42f4c4e2bf2ca0e64e51e23a040c6a517a85074683d3959e1346c1",
            "tests",
        ),
        "through argon2-cffi-bindings",
        quick=("tests/test_low_level.py", "tests/test_utils.py"),
    ),
    Client(
        _suite(
            "argon2_cffi_bindings",
            "26.2.0",
            "f21ab89bb9850f32b9ca038d9961424bb0d3669d579cbbbfed068cffa6fc0643",
            "tests",
        ),
        "API mode, abi3",
    ),
    Client(
        _suite(
            "pygit2",
            "1.21.0",
            "1e987fbef899d1bf12aecc10b33acc917d60266ca114428dfc260df4451a555f",
            "test",
        ),
        'API mode, extern "Python"',
    ),
    Client(
        _suite(
            "zstandard",
            "0.25.0",
            "7713e1179d162cf5c7906da876ec2ccb9c3a9dcbdffef0cc7f70c3667a205f0b",
            "tests",
            workers=2,
            env=(("PYTHON_ZSTANDARD_IMPORT_POLICY", "cffi"),),
        ),
        "API mode",
    ),
    Client(
        _suite(
            "soundfile",
            "0.14.0",
            "ba1c1a2d618bca5c406647c83b89f07cc8810fa506a50622a6993ba130c1de11",
            "tests",
        ),
        "out-of-line ABI mode",
    ),
    Client(
        _suite(
            "bcrypt",
            "3.2.2",
            "433c410c2177057705da2a9f2cd01dd157493b2a7ac14c8593a16b3dab6b6bfb",
            "tests",
        ),
        "API mode, abi3, the last release on cffi",
    ),
    Client(
        # Its tests are inside the package, which is Python only: the copy from the archive is what they test.
        _suite(
            "cairocffi",
            "1.7.1",
            "2e48ee864884ec4a3a34bfa8c9ab9999f688286eb714a15a43ec9d068c36557b",
            "cairocffi",
        ),
        "in-line ABI mode",
        Library("libcairo.so.2", "libcairo2"),
        (
            Part("cairocffi/test_pixbuf.py", _GDK_PIXBUF, "images through GDK-PixBuf"),
            Part("cairocffi/test_xcb.py", None, "they need an X server, and xcffib, which has no wheel"),
        ),
    ),
)
