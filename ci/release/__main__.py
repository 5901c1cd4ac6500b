"""What is published, made and checked.

python3 -m ci.release wheel          a wheel for each interpreter of PYTHONS, or for the one that runs this
python3 -m ci.release wheel --musl   the same for musl (Alpine)
python3 -m ci.release wheel --processor aarch64    the same for another processor, with or without --musl
python3 -m ci.release try            installs these wheels and runs the tests on them
python3 -m ci.release sdist          the source distribution
python3 -m ci.release all            wheels for all interpreters found, both kinds, the source distribution, hashes
python3 -m ci.release reproduce      builds twice, in two places, and compares
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from pathlib import Path

from ci import environment, interpreters
from ci.interpreters import Interpreter
from ci.project import WHEELS, Failed, done, say
from ci.pythons import free_threaded
from ci.release import build, reproduce, source, trial
from ci.release import target as targets
from ci.release.target import Target


def chosen(*, everything: bool) -> list[Interpreter]:
    """Returns the interpreters in PYTHONS, which may be free-threaded ones; else this one, or all that are found."""
    words = os.environ.get("PYTHONS", "").split()
    if words:
        return [_named(word) for word in words]
    if not everything:
        return [environment.this_python()]
    built = [interpreters.find(version) for version in interpreters.FREE_THREADED]
    return [*interpreters.chosen(), *(interpreter for interpreter in built if interpreter)]


def _named(word: str) -> Interpreter:
    """Returns the interpreter with that version or path. A free-threaded one is built if necessary."""
    if word in free_threaded.VERSIONS:
        found = interpreters.find(word) if word in interpreters.NAMES else None
        return found or Interpreter(word, free_threaded.ensure(word))
    found = interpreters.find(word) if word in interpreters.NAMES else interpreters.probe(word)
    if found is None:
        raise Failed(f"no CPython for {word}")
    return found


def wheels(found: list[Interpreter], target: Target) -> list[Path]:
    """Builds one wheel for each interpreter."""
    made = []
    for interpreter in found:
        say(f"building for CPython {interpreter.version}, {target.triple} (a minute or two)")
        made.append(build.wheel(interpreter, target))
        say(f"built {made[-1]}")
    return made


def everything() -> None:
    """Builds everything that this machine can build, and a list of hashes."""
    found = chosen(everything=True)
    made = wheels(found, targets.here())
    if other := targets.musl():
        made += wheels(found, other)
    else:
        say("no wheels for musl: `make musl` says what is missing")
    made.append(source.distribution())
    say(f"built {made[-1]}")
    files = sorted(path for path in WHEELS.iterdir() if path.suffix in (".whl", ".gz"))
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (WHEELS / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    sys.stdout.writelines(sums)
    sys.stdout.flush()
    for line in [*missing(found), *older(files, made)]:
        say(line)
    say(f"{len(files)} files in {WHEELS}; their hashes are in SHA256SUMS")


def older(files: list[Path], made: list[Path]) -> list[str]:
    """Returns a line for each file that an earlier run has left, perhaps from other sources."""
    return [f"not of this run: {path.name}" for path in files if path not in made]


def missing(found: list[Interpreter]) -> list[str]:
    """Returns a line for each part of a release that this machine cannot build, and the remedy."""
    versions = {interpreter.version for interpreter in found}
    absent = [version for version in interpreters.SUPPORTED if version not in versions]
    lines = []
    if absent:
        lines.append(
            f"no wheel of this run is for CPython {', '.join(absent)}: no such interpreter on PATH or in pyenv's folder"
            " (ci/pythons/debian_python.py has the newest two)"
        )
    if not any(version.endswith("t") for version in versions):
        lines.append("none is for CPython 3.14t, without a GIL: `make wheel PYTHONS=3.14t` builds that first")
    return lines


def make(what: str, target: Target | None, processor: str | None = None) -> None:
    """Carries out one of the actions of the command line."""
    if target is None:
        own = targets.host().replace("-gnu", "-musl")
        add = own.replace(own.partition("-")[0], processor, 1) if processor else own
        raise Failed(f"the Rust toolchain has no standard library for musl here: rustup target add {add}")
    if what == "wheel":
        wheels(chosen(everything=False), target)
    elif what == "try":
        for interpreter in chosen(everything=False):
            trial.check(interpreter, trial.of(interpreter))
    elif what == "sdist":
        say(f"built {source.distribution()}")
    elif what == "all":
        everything()
    else:
        say(f"the same twice: {reproduce.check(chosen(everything=False)[0], target)}")


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["wheel", "try", "sdist", "all", "reproduce"])
    parser.add_argument("--musl", action="store_true", help="for Linux with musl")
    parser.add_argument("--processor", help="for Linux on this processor, in Rust's words: aarch64")
    options = parser.parse_args()
    target = (targets.musl if options.musl else targets.here)(options.processor)
    return done(lambda: make(options.what, target, options.processor))


if __name__ == "__main__":
    sys.exit(main())
