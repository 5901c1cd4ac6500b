"""CPython in builds that few ship, made from Debian's source packages.

python3 -m ci.pythons.built NAME     prints the path of that build's interpreter, which is built now if need be
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ci.project import CACHE, Failed, done, locked, output, run, say

FOLDER = Path(os.environ.get("FREE_THREADED") or CACHE / "free-threaded").resolve()
"""The folder of sources and builds. A build contains this path and cannot be moved."""


@dataclass(frozen=True)
class Pinned:
    """The source of one version: a release of Debian that has it, and an archive that is known to work."""

    suite: str
    archive: str
    sha256: str


SOURCES = {
    "3.13": Pinned(
        "trixie",
        "python3.13_3.13.5.orig.tar.xz",
        "93e583f243454e6e9e4588ca2c2662206ad961659863277afcdb96801647d640",
    ),
    "3.14": Pinned(
        "forky",
        "python3.14_3.14.7.orig.tar.xz",
        "3b48dac8fb59f62eaa67ac83c1eb12bda1b7a08406dd286e252c11a66be27f81",
    ),
    "3.15": Pinned(
        "forky",
        "python3.15_3.15.0~rc1.orig.tar.xz",
        "f84dad680ab2147417d2739355c2678f0f9acffe4ae8ef77895de1454b384b07",
    ),
}
"""The sources by version. Debian removes an archive after some time; then the suite's current one is used instead."""

SOURCE = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} {suite} main\n"
MIRROR = "http://deb.debian.org/debian"
APT_HELPER = "/usr/lib/apt/apt-helper"
EXPIRED = {"Acquire::Check-Valid-Until": "false"}
"""An option that makes apt accept an index after its expiry date, since a mirror may no longer be updated."""

_PROBE = "import sys, sysconfig; print(sysconfig.get_config_var('Py_GIL_DISABLED'), hasattr(sys, 'gettotalrefcount'))"


@dataclass(frozen=True)
class Build:
    """One way to configure CPython."""

    name: str
    version: str
    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def free_threaded(self) -> bool:
        """Returns whether it has no GIL."""
        return "--disable-gil" in self.flags

    @property
    def debug(self) -> bool:
        """Returns whether it has assertions and counts all references."""
        return "--with-pydebug" in self.flags

    @property
    def shared(self) -> bool:
        """Returns whether it has a shared library, for programs that embed Python."""
        return "--enable-shared" in self.flags

    @property
    def prefix(self) -> Path:
        """Returns the folder that it is installed into. A different configuration has a different folder."""
        return FOLDER / (self.name + "-shared" * self.shared)

    @property
    def configured(self) -> list[str]:
        """Returns the options of `configure`. With them the interpreter and programs that embed it find its library."""
        path = f"LDFLAGS=-Wl,-rpath,{self.prefix}/lib"
        return [f"--prefix={self.prefix}", *self.flags, *([path] if self.shared else [])]

    @property
    def python(self) -> Path:
        """Returns the path of its interpreter."""
        return self.prefix / "bin" / f"python{self.version}{'t' * self.free_threaded}{'d' * self.debug}"


BUILDS = {
    build.name: build
    for build in (
        # These are configured like pyenv's interpreters, so that they can be compared with those.
        *(Build(f"{v}t", v, ("--disable-gil", "--enable-shared")) for v in SOURCES),
        *(Build(f"{v}td", v, ("--disable-gil", "--with-pydebug")) for v in SOURCES),
        # The counterparts with a GIL. Their names are not 3.14 and 3.15, so tests for all versions do not use them.
        *(Build(f"{v}-gil", v, ("--enable-shared",)) for v in ("3.14", "3.15")),
        Build("3.13d", "3.13", ("--with-pydebug",)),
        Build(
            "3.13t-tsan",
            "3.13",
            ("--disable-gil", "--with-thread-sanitizer"),
            # The interpreter also runs during its own build, where races are of no interest.
            {"TSAN_OPTIONS": "report_bugs=0:exitcode=0"},
        ),
    )
}
"""The builds by name: ``t`` after the version means without a GIL, ``d`` with assertions, ``tsan`` with
ThreadSanitizer.

Only builds with neither ``d`` nor ``tsan`` have a shared library; the tests of embedding use these.
"""


def ensure(name: str) -> Path:
    """Returns the interpreter of that build, which is built if it is not in the cache."""
    build = BUILDS[name]
    if name.endswith("tsan"):
        no_randomization()
    with locked(FOLDER / f"{name}.lock"):
        if not build.python.exists():
            _build(source(build.version), build)
    wanted = [str(int(build.free_threaded)), str(build.debug)]
    if output([build.python, "-c", _PROBE]).replace("None", "0").split() != wanted:
        raise Failed(
            f"{build.python} is not the build that was asked for; remove {build.prefix} and try again"
        )
    return build.python


def source(version: str) -> Path:
    """Returns the original archive. Debian's patches, which disable ensurepip, are not applied."""
    package = f"python{version}"
    pinned = SOURCES[version]
    with locked(FOLDER / f"{package}-source.lock"):
        found = _archive(package)
        if not found:
            if not shutil.which("apt-get"):
                raise Failed("this build of CPython is made from Debian's source package (no apt-get here)")
            try:
                _download_pinned(package, pinned)
            except Failed:
                _download_newest(package, pinned.suite)
            found = _archive(package)
    if not found:
        raise Failed(f"the source package {package} came without its .orig archive")
    return found


def _archive(package: str) -> Path | None:
    """Returns the source archive of that package in the cache."""
    return max(FOLDER.glob(f"{package}_*.orig.tar.xz"), default=None)


def _download_pinned(package: str, pinned: Pinned) -> None:
    """Fetches the archive with the known hash, using apt's own program for single files."""
    say(f"fetching {pinned.archive}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    address = f"{_mirror()}/pool/main/p/{package}/{pinned.archive}"
    fresh = FOLDER / f"{pinned.archive}.new"
    words: list[str | Path] = [APT_HELPER, "-o", "APT::Sandbox::User=", "download-file", address, fresh]
    run([*words, f"SHA256:{pinned.sha256}"], quiet=True)
    fresh.rename(FOLDER / pinned.archive)


def _download_newest(package: str, suite: str) -> None:
    """Fetches a source package with apt, which checks its signature, and leaves the system's own lists alone."""
    apt = FOLDER / f"apt-{suite}"
    for folder in ("lists/partial", "cache/archives/partial", "parts"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    (apt / "sources.list").write_text(SOURCE.format(mirror=_mirror(), suite=suite))
    options = {
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": apt / "parts",
        "Dir::State::lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "APT::Sandbox::User": "root" if os.getuid() == 0 else "",
        **EXPIRED,
    }
    words: list[str | Path] = ["apt-get", "-q"]
    for name, value in options.items():
        words += ["-o", f"{name}={value}"]
    say(f"fetching the source package {package} of {suite}")
    run([*words, "update"], quiet=True)
    run([*words, "source", "--download-only", package], cwd=FOLDER, quiet=True)


def _mirror() -> str:
    """Returns the address that Debian's packages are fetched from."""
    return os.environ.get("DEBIAN_MIRROR") or MIRROR


def no_randomization() -> None:
    """Gives programs started from now on fixed addresses, since ThreadSanitizer's memory has fixed addresses, too."""
    addr_no_randomize = 0x0040000
    ctypes.CDLL(None).personality(addr_no_randomize)


def clang() -> str:
    """Returns the newest clang on PATH. The instrumentation of Rust code needs the runtime of clang 15 or newer."""
    names = [*(f"clang-{n}" for n in range(30, 14, -1)), "clang"]
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise Failed("no clang on PATH (on Debian: apt install clang-16 libclang-rt-16-dev llvm-16)")
    return found


def _build(archive: Path, build: Build) -> None:
    """Configures, makes and installs a build at low priority; this takes about six minutes on two cores."""
    log_file = FOLDER / f"{build.name}.log"
    say(f"building {build.prefix} from {archive.name}; the log is {log_file}")
    work = FOLDER / f"build-{build.name}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    env = {**os.environ, **build.environment}
    if "--with-thread-sanitizer" in build.flags:
        compiler = Path(clang())
        env |= {
            "CC": str(compiler),
            "CXX": str(compiler.with_name(compiler.name.replace("clang", "clang++"))),
        }
    try:
        with tarfile.open(archive) as tar:
            if hasattr(tarfile, "data_filter"):
                tar.extractall(work, filter="data")
            else:
                tar.extractall(work)
        (tree,) = work.iterdir()
        flags = [
            "--with-ensurepip=install",
            "--disable-test-modules",
            *build.configured,
        ]
        with log_file.open("w") as log:
            for step in (
                ["./configure", *flags],
                ["make", f"-j{os.cpu_count() or 1}"],
                # The target `install` would also overwrite python3 and pip3 in the prefix.
                ["make", "altinstall"],
            ):
                words = ["nice", *step]
                done = subprocess.run(
                    words,
                    cwd=tree,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
                if done.returncode:
                    raise Failed(f"{step[0]} failed: see {log_file}")
            for file in (tree / "Tools" / "tsan").glob("*.txt"):
                shutil.copy(file, build.prefix)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=BUILDS)
    name = parser.parse_args().name
    return done(lambda: print(ensure(name)))


if __name__ == "__main__":
    sys.exit(main())
