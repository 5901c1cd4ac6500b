"""The newest CPythons, from Debian's testing suite, in a folder of their own: 3.14 and 3.15 at the time of writing.

python3 -m ci.debian_python [VERSION...]                  builds for each and runs the tests
python3 -m ci.debian_python VERSION --run COMMAND...      runs a command of the repository there

Debian's interpreters need Debian's C library, so the folder holds a whole small system, which `debootstrap` makes,
and commands run in it by `chroot`: this needs root, and `apt install debootstrap`. The repository, the Rust toolchain
and the caches are mounted into it, in a mount namespace that ends with the command.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from pathlib import Path

from ci.project import CACHE, ROOT, TARGET, VENVS, Failed, locked, run, say

SUITE = "testing"
FOLDER = Path(os.environ.get("DEBIAN_FOLDER") or CACHE / f"debian-{SUITE}").resolve()
VERSIONS = ("3.14", "3.15")
PACKAGES = ("ca-certificates", "gcc", "g++", "git", "libc6-dev", "libffi-dev", "make", "pkg-config")
COPIED = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf")
"""What programs need to reach the network as they do outside."""

TESTS = (
    ("-m", "ci.wheel", "--dev"),
    ("-m", "tests.upstream", "--suite", "test_c", "--suite", "cffi0-quick", "--installed"),
    ("-m", "ci.pytests", "--installed"),
)


def ensure(versions: tuple[str, ...]) -> None:
    """The folder, with these interpreters in it."""
    if os.getuid() != 0 or not shutil.which("debootstrap"):
        raise Failed("needs root and debootstrap (on Debian: apt install debootstrap)")
    with locked(FOLDER.with_suffix(".lock")):
        if not (FOLDER / "usr/bin/apt-get").exists():
            say(f"making {FOLDER}")
            shutil.rmtree(FOLDER, ignore_errors=True)
            mirror = os.environ.get("DEBIAN_MIRROR")
            run(
                ["debootstrap", "--variant=minbase", SUITE, FOLDER, *([mirror] if mirror else [])], quiet=True
            )
        wanted = [*PACKAGES, *(name for v in versions for name in (f"python{v}-dev", f"python{v}-venv"))]
        missing = [name for name in wanted if not _has(name)]
        if missing:
            say(f"installing {', '.join(missing)} there")
            inside(["apt-get", "-q", "update"], quiet=True)
            inside(["apt-get", "-qy", "--no-install-recommends", "install", *missing], quiet=True)


def _has(package: str) -> bool:
    """Whether it is installed there."""
    return any((FOLDER / "var/lib/dpkg/info").glob(f"{package}[.:]*list"))


def inside(command: list[str], *, env: dict[str, str] | None = None, quiet: bool = False) -> None:
    """Run a command in the folder, as in this one's directory."""
    home = Path.home()
    rust = [
        os.environ.get("CARGO_HOME") or home / ".cargo",
        os.environ.get("RUSTUP_HOME") or home / ".rustup",
    ]
    lines = [f"mount -t proc proc {FOLDER}/proc", f"mount --rbind /dev {FOLDER}/dev"]
    for path in dict.fromkeys(Path(p) for p in (ROOT, TARGET, VENVS, CACHE, *rust)):
        path.mkdir(parents=True, exist_ok=True)
        lines += [f"mkdir -p {FOLDER}{path}", f"mount --rbind {path} {FOLDER}{path}"]
    lines += [f"cp -L {file} {FOLDER}{file}" for file in COPIED if Path(file).exists()]
    words = shlex.join(["cd", str(ROOT)]) + " && exec " + shlex.join(command)
    lines.append(shlex.join(["exec", "chroot", str(FOLDER), "/bin/sh", "-c", words]))
    path_ = f"{rust[0]}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    settings = {"PATH": path_, "DEBIAN_FRONTEND": "noninteractive", "PYTHONDONTWRITEBYTECODE": "1"}
    run(["unshare", "-m", "/bin/sh", "-ec", "\n".join(lines)], env=settings | (env or {}), quiet=quiet)


def settings(version: str) -> dict[str, str]:
    """Folders of its own: what is built there does not run outside."""
    return {
        "PYTHONS": version,
        "CARGO_TARGET_DIR": str(TARGET / f"debian-{SUITE}"),
        "VENVS": str(VENVS / f"debian-{SUITE}"),
    }


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=f"default: {' '.join(VERSIONS)}")
    parser.add_argument("--run", nargs=argparse.REMAINDER, default=[], metavar="COMMAND")
    options = parser.parse_args()
    versions = tuple(options.versions) or VERSIONS
    failed = 0
    try:
        ensure(versions)
        for version in versions:
            commands = [options.run] if options.run else [[f"python{version}", *words] for words in TESTS]
            for command in commands:
                try:
                    inside(command, env=settings(version))
                except Failed as error:
                    failed += 1
                    say(f"failed on CPython {version}: {error}")
    except Failed as error:
        say(f"failed: {error}")
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
