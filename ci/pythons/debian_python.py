"""The newest CPythons, from Debian's testing suite, in a folder of their own: 3.14 and 3.15 at the time of writing.

python3 -m ci.pythons.debian_python [VERSION...]                  builds for each and runs the tests
python3 -m ci.pythons.debian_python VERSION --run COMMAND...      runs a command of the repository there

Debian's interpreters need Debian's C library, so the folder holds a whole small system (`ci/pythons/debian.py`). The
repository, the Rust toolchain and the caches are mounted into it.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ci.project import CACHE, ROOT, TARGET, VENVS, Failed, locked, run, say
from ci.pythons import debian
from ci.pythons.debian import System

SUITE = "testing"
FOLDER = Path(os.environ.get("DEBIAN_FOLDER") or CACHE / f"debian-{SUITE}").resolve()
VERSIONS = ("3.14", "3.15")
PACKAGES = ("ca-certificates", "gcc", "g++", "git", "libc6-dev", "libffi-dev", "make", "pkg-config")
TESTS = (
    ("-m", "ci.wheel", "--dev"),
    ("-m", "tests.upstream", "--suite", "test_c", "--suite", "cffi0-quick", "--installed"),
    ("-m", "ci.pytests", "--installed"),
)


def ensure(versions: tuple[str, ...]) -> System:
    """Returns the system, after installing these interpreters in it."""
    system = System(FOLDER, SUITE)
    with locked(FOLDER.with_suffix(".lock")):
        if not system.exists:
            system.make()
        system.install(
            [*PACKAGES, *(name for v in versions for name in (f"python{v}-dev", f"python{v}-venv"))]
        )
    return system


def inside(system: System, command: list[str], env: dict[str, str]) -> None:
    """Runs a command in the system, in the folder of this repository."""
    cargo, rustup = debian.rust()
    mounts = [ROOT, TARGET, VENVS, CACHE, cargo, rustup]
    for path in mounts:
        path.mkdir(parents=True, exist_ok=True)
    path_ = f"{cargo}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    run(
        system.command(command, cwd=ROOT, mounts=mounts),
        env={"PATH": path_, "PYTHONDONTWRITEBYTECODE": "1", **env},
    )


def settings(version: str) -> dict[str, str]:
    """Returns variables that select separate folders, since programs built in the system do not run outside."""
    return {
        "PYTHONS": version,
        "CARGO_TARGET_DIR": str(TARGET / f"debian-{SUITE}"),
        "VENVS": str(VENVS / f"debian-{SUITE}"),
    }


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=f"default: {' '.join(VERSIONS)}")
    parser.add_argument("--run", nargs=argparse.REMAINDER, default=[], metavar="COMMAND")
    options = parser.parse_args()
    versions = tuple(options.versions) or VERSIONS
    failed = 0
    try:
        system = ensure(versions)
        for version in versions:
            commands = [options.run] if options.run else [[f"python{version}", *words] for words in TESTS]
            for command in commands:
                try:
                    inside(system, command, settings(version))
                except Failed as error:
                    failed += 1
                    say(f"failed on CPython {version}: {error}")
    except Failed as error:
        say(f"failed: {error}")
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
