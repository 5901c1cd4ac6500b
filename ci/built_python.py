"""CPython 3.13 in builds that nobody ships, made from the source package of Debian's trixie.

python3 -m ci.built_python NAME     prints the path of that build's interpreter, which is built now if need be
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

from ci.project import CACHE, Failed, locked, output, run, say

FOLDER = Path(os.environ.get("FREE_THREADED") or CACHE / "free-threaded").resolve()
"""Where sources and builds are kept. A build has this path in it and cannot be moved."""

PACKAGE = "python3.13"
SOURCE = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} trixie main\n"
MIRROR = "http://deb.debian.org/debian"

_PROBE = "import sys, sysconfig; print(sysconfig.get_config_var('Py_GIL_DISABLED'), hasattr(sys, 'gettotalrefcount'))"


@dataclass(frozen=True)
class Build:
    """One way to configure it."""

    name: str
    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def free_threaded(self) -> bool:
        """Whether it has no GIL."""
        return "--disable-gil" in self.flags

    @property
    def debug(self) -> bool:
        """Whether it has assertions and counts all references."""
        return "--with-pydebug" in self.flags

    @property
    def shared(self) -> bool:
        """Whether it has a library, for programs that embed Python."""
        return "--enable-shared" in self.flags

    @property
    def prefix(self) -> Path:
        """The folder that it is installed into; what is built in another way has another one."""
        return FOLDER / (self.name + "-shared" * self.shared)

    @property
    def configured(self) -> list[str]:
        """What `configure` is told: the interpreter finds its library, and so does what is linked with it."""
        path = f"LDFLAGS=-Wl,-rpath,{self.prefix}/lib"
        return [f"--prefix={self.prefix}", *self.flags, *([path] if self.shared else [])]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return (
            self.prefix / "bin" / f"python3.13{'t' if self.free_threaded else ''}{'d' if self.debug else ''}"
        )


BUILDS = {
    build.name: build
    for build in (
        # As pyenv makes its interpreters, so that it can be compared with one of those.
        Build("release", ("--disable-gil", "--enable-shared")),
        Build("debug", ("--disable-gil", "--with-pydebug")),
        Build("gil-debug", ("--with-pydebug",)),
        Build(
            "tsan",
            ("--disable-gil", "--with-thread-sanitizer"),
            # The interpreter runs while it is built: races are not what is looked for then.
            {"TSAN_OPTIONS": "report_bugs=0:exitcode=0"},
        ),
    )
}
"""``release`` and ``debug`` have no GIL, ``gil-debug`` has one, ``tsan`` looks for data races.

Only ``release`` has a shared library: what embeds Python is tested with it."""


def ensure(name: str) -> Path:
    """The interpreter of that build, from the cache or else built now."""
    build = BUILDS[name]
    if name == "tsan":
        no_randomization()
    with locked(FOLDER / f"{name}.lock"):
        if not build.python.exists():
            _build(source(), build)
    wanted = [str(int(build.free_threaded)), str(build.debug)]
    if output([build.python, "-c", _PROBE]).replace("None", "0").split() != wanted:
        raise Failed(
            f"{build.python} is not the build that was asked for; remove {build.prefix} and try again"
        )
    return build.python


def source() -> Path:
    """The archive as its authors made it: Debian's patches, which switch ensurepip off, are not applied."""
    known = sorted(FOLDER.glob(f"{PACKAGE}_*.orig.tar.xz"))
    if known:
        return known[-1]
    if not shutil.which("apt-get"):
        raise Failed("this build of CPython is made from Debian's source package (no apt-get here)")
    apt = FOLDER / "apt"
    for folder in ("lists/partial", "cache/archives/partial", "parts"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    # A list of sources of its own, in its own folder: the system's apt does not change.
    (apt / "sources.list").write_text(SOURCE.format(mirror=os.environ.get("DEBIAN_MIRROR") or MIRROR))
    options = {
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": apt / "parts",
        "Dir::State::lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "APT::Sandbox::User": "root" if os.getuid() == 0 else "",
    }
    words: list[str | Path] = ["apt-get", "-q"]
    for name, value in options.items():
        words += ["-o", f"{name}={value}"]
    say(f"fetching the source package {PACKAGE} of trixie")
    run([*words, "update"], quiet=True)
    run([*words, "source", "--download-only", PACKAGE], cwd=FOLDER, quiet=True)
    known = sorted(FOLDER.glob(f"{PACKAGE}_*.orig.tar.xz"))
    if not known:
        raise Failed("the source package came without its .orig archive")
    return known[-1]


def no_randomization() -> None:
    """Programs started from here on have their memory at fixed places: ThreadSanitizer's lies at one, too."""
    addr_no_randomize = 0x0040000
    ctypes.CDLL(None).personality(addr_no_randomize)


def clang() -> str:
    """The newest clang on PATH: the instrumentation of Rust code needs the runtime of clang 15 or newer."""
    names = [*(f"clang-{n}" for n in range(30, 14, -1)), "clang"]
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise Failed("no clang on PATH (on Debian: apt install clang-16 libclang-rt-16-dev llvm-16)")
    return found


def _build(archive: Path, build: Build) -> None:
    """Configure, make and install, at low priority; about six minutes on two cores."""
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
                # Not `install`, which would also run over the names python3 and pip3 of the prefix.
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
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=BUILDS)
    try:
        print(ensure(parser.parse_args().name))
    except Failed as error:
        say(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
