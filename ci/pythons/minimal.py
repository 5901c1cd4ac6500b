"""The two commands of the README on a Debian that has nothing: ``python3 -m ci.pythons.minimal [--keep]``.

A small Debian 12 is made in a folder. There the repository's last commit is cloned, what the README says is installed,
by the README's own words, and `make demo` and `make test` are run. Rust is this machine's toolchain, mounted, as rustup
would install it; nothing else of this machine is used: no cache, no environment, no build. The transcript is written
into the folder's `transcript.txt` as well as to the terminal.

This needs root, and `apt install debootstrap`. DEBIAN_MINIMAL names the folder.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TextIO

from ci.project import CACHE, ROOT, Failed, done, output, run, say
from ci.pythons import debian
from ci.pythons.debian import System

FOLDER = Path(os.environ.get("DEBIAN_MINIMAL") or CACHE / "debian-minimal").resolve()
SUITE = "bookworm"
HOME = Path("/opt/somebody")
CLONE = HOME / "ferrocffi"
ORIGIN = Path("/srv/ferrocffi.git")
NEVER_COPIED = ("CARGO_HOME", "CARGO_TARGET_DIR")
NETWORK = re.compile(r"(PIP_|CARGO_|SSL_CERT_|UV_)\w+|\w+_proxy|\w+_PROXY")
"""The variables with this machine's settings for fetching packages."""

COMMANDS = ("make demo", "make test")


def wanted(readme: str) -> list[str]:
    """Returns the commands for Debian that the README names, one for each of `COMMANDS`."""
    found = re.findall(r"`(apt install [^`]+)`", readme)
    if len(found) != len(COMMANDS):
        raise Failed(f"README.md has {len(found)} commands for Debian: {found}")
    return found


class Session:
    """A terminal session in the system, and its transcript."""

    def __init__(self, system: System, transcript: TextIO) -> None:
        self.system = system
        self.transcript = transcript
        cargo, rustup = debian.rust()
        self.rust = (cargo / "bin", rustup)
        copied = {name: value for name, value in os.environ.items() if NETWORK.fullmatch(name)}
        self.env = {name: value for name, value in copied.items() if name not in NEVER_COPIED} | {
            "HOME": str(HOME),
            "LANG": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
            "RUSTUP_HOME": str(rustup),
            "PATH": f"{cargo}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        }

    def write(self, text: str) -> None:
        """Adds text to the transcript."""
        self.transcript.write(text)
        self.transcript.flush()
        sys.stdout.write(text)
        sys.stdout.flush()

    def type(self, command: str, cwd: Path = CLONE) -> int:
        """Runs a command and returns its exit code."""
        self.write(f"\n$ {command}\n")
        started = time.monotonic()
        words = self.system.command(
            ["/usr/bin/env", "-i", *(f"{k}={v}" for k, v in self.env.items()), "/bin/sh", "-c", command],
            cwd=cwd,
            read_only=self.rust,
        )
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout
            for line in process.stdout:
                self.write(line)
        self.write(f"[exit code {process.returncode}, {time.monotonic() - started:.0f} s]\n")
        return process.returncode


def prepared(*, keep: bool) -> System:
    """Prepares a system as a user has it, together with a repository that can be cloned."""
    system = System(FOLDER, SUITE)
    if not (keep and system.exists):
        system.make()
    run(["rm", "-rf", f"{FOLDER}{HOME}", f"{FOLDER}{ORIGIN}"])
    run(["git", "clone", "--quiet", "--bare", "--no-local", ROOT, f"{FOLDER}{ORIGIN}"])
    cargo = Path(f"{FOLDER}{HOME}/.cargo")
    cargo.mkdir(parents=True, exist_ok=True)
    config = debian.rust()[0] / "config.toml"
    if config.exists():
        (cargo / "config.toml").write_bytes(config.read_bytes())
    return system


def minimal(*, keep: bool) -> None:
    """Does all steps; raises `Failed` if a result differs from what the README says."""
    if output(["git", "status", "--porcelain"]).strip():
        say("what is not committed is not in the clone")
    system = prepared(keep=keep)
    packages = wanted((ROOT / "README.md").read_text(encoding="utf-8"))
    with (FOLDER / "transcript.txt").open("w", encoding="utf-8") as transcript:
        session = Session(system, transcript)
        commit = output(["git", "rev-parse", "--short", "HEAD"]).strip()
        session.write(
            f"A minimal Debian 12 on {datetime.now(timezone.utc):%d %B %Y}, commit {commit}, {os.cpu_count()} cores.\n"
        )
        # These packages are needed to clone a repository.
        expect(
            session.type(
                "apt-get -q update && apt-get -q install --no-install-recommends git make python3", HOME
            ),
            0,
        )
        expect(session.type(f"git clone --quiet {ORIGIN} {shlex.quote(CLONE.name)}", HOME), 0)
        for command, install in zip(COMMANDS, packages, strict=True):
            # Before the installation, the command must report that something is missing.
            expect(session.type(command), 2)
            expect(session.type(install), 0)
            expect(session.type(command), 0)
    say(f"the transcript is {FOLDER / 'transcript.txt'}")


def expect(code: int, wanted: int) -> None:
    """Ends the session if a command did not have the expected exit code."""
    if code != wanted:
        raise Failed(f"exit code {code} where {wanted} was expected")


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", action="store_true", help="do not make the system anew")
    options = parser.parse_args()
    return done(lambda: minimal(keep=options.keep))


if __name__ == "__main__":
    sys.exit(main())
