"""The two environments that clients are run in: the same packages, with and without this backend."""

from __future__ import annotations

import hashlib
import platform
import sys
from pathlib import Path

from ci import environment, wheel
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import FRONT_ENDS, NEWEST_CFFI, VENVS, locked, say

REQUIREMENTS = Path(__file__).parent / "requirements.txt"


def can_run() -> bool:
    """Returns whether there are wheels for this machine."""
    return (sys.platform, platform.machine()) == ("linux", "x86_64")


def ours(interpreter: Interpreter, *, build: bool) -> Environment:
    """With this project's backend, built anew if `build`."""
    into = _environment(interpreter, f"{interpreter.version}-clients")
    if build:
        wheel.develop(interpreter, into)
    wheel.confirm(into)
    return into


def stock(interpreter: Interpreter) -> Environment:
    """Without it."""
    return _environment(interpreter, f"{interpreter.version}-clients-stock")


def _environment(interpreter: Interpreter, name: str) -> Environment:
    into = environment.ensure(interpreter, name, "requirements-test.txt", packages=FRONT_ENDS[NEWEST_CFFI])
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp = into.folder / "clients-stamp"
    with locked(VENVS / f"{name}-clients.lock"):
        if not stamp.is_file() or stamp.read_text() != digest:
            say(f"installing the clients in {into.folder}")
            options = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
            environment.pip(into, "install", *options, "-r", REQUIREMENTS)
            stamp.write_text(digest)
    return into
