"""The extension on another processor, in an emulator: ``python3 -m ci.foreign [PROCESSOR] [--run COMMAND...]``.

PROCESSOR is `aarch64` (the default) or `s390x`, which is big-endian. The extension is compiled by this machine's Rust and a
cross compiler. It runs on a CPython of that processor in a small Debian 13, in which only CPython and the C library
are foreign; QEMU's user mode runs them. There cffi's test_c.py and quick suites run on this backend and on the stock
one, and the project's tests that depend on the interpreter run on this one. `--run` runs one command of the
repository there instead, without a build.

This needs root, `rustup target add TRIPLE`, and on Debian `apt install debootstrap qemu-user-static binfmt-support
gcc-aarch64-linux-gnu` (or gcc-s390x-linux-gnu). FOREIGN_FOLDER names the folder of the systems, wheels and
environments. On two idle cores expect half an hour for the first run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ci import environment
from ci.project import CACHE, ROOT, Failed, done, locked, output, run, say
from ci.pythons.debian import System
from tests.upstream import sources
from tests.upstream.suites import NEWEST

FOLDER = Path(os.environ.get("FOREIGN_FOLDER") or CACHE / "foreign").resolve()
SUITE = "trixie"
PYTHON = "3.13"
"""The version of CPython in that suite."""
NATIVE = ("ca-certificates", "git", "make", "pkg-config", "python3-pip-whl", "python3-setuptools-whl")
BINFMT = Path("/proc/sys/fs/binfmt_misc")


@dataclass(frozen=True)
class Processor:
    """A processor by its names."""

    name: str
    """QEMU's name."""
    debian: str
    """The name in Debian's packages."""
    triple: str
    """Rust's name of the system."""
    tools: str
    """The prefix of the cross compiler's programs."""

    @property
    def folder(self) -> Path:
        """Returns the folder of everything that is made for this processor."""
        return FOLDER / self.name

    @property
    def system(self) -> System:
        """Returns the Debian in which the foreign CPython is installed."""
        return System(self.folder / "debian", SUITE)


PROCESSORS = {
    one.name: one
    for one in (
        Processor("aarch64", "arm64", "aarch64-unknown-linux-gnu", "aarch64-linux-gnu"),
        Processor("s390x", "s390x", "s390x-unknown-linux-gnu", "s390x-linux-gnu"),
    )
}

INSTALL = """
import sys
from pathlib import Path
from ci import environment, interpreters, wheel
found = interpreters.find(sys.argv[1])
environment.stock(found)
wheel.install(Path(sys.argv[2]), environment.ours(found))
"""
"""A program that makes both environments in the system and installs the wheel in one of them."""

TESTS = (
    ("-m", "tests.upstream", "--suite", "test_c", "--suite", "cffi0-quick", "--installed", "--live"),
    ("-m", "ci.pytests", "--installed", "--core"),
)


def emulate(processor: Processor) -> None:
    """Makes the kernel start programs of that processor in QEMU, also where a system in a folder runs them."""
    if not (BINFMT / "register").exists():
        run(["mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT])
    if not (BINFMT / f"qemu-{processor.name}").exists():
        if not shutil.which("update-binfmts"):
            raise Failed("needs an emulator (on Debian: apt install qemu-user-static binfmt-support)")
        run(["update-binfmts", "--enable", f"qemu-{processor.name}"])


def ensure(processor: Processor) -> System:
    """Returns the system, with the foreign CPython in it."""
    system = processor.system
    compiler = f"gcc-{processor.tools}"
    foreign = (f"python{PYTHON}", f"libpython{PYTHON}-dev", "libc6-dev", "libffi-dev")
    with locked(processor.folder / "debian.lock"):
        if not system.exists:
            system.make()
            run(system.command(["dpkg", "--add-architecture", processor.debian]))
        system.install(
            [*NATIVE, compiler, f"g++{compiler[3:]}", *(f"{name}:{processor.debian}" for name in foreign)]
        )
        # Debian's venv package depends on a package that exists for the native processor only, so its files are unpacked.
        if not any((system.folder / f"usr/lib/python{PYTHON}").glob("ensurepip/__init__.py")):
            fetch = f"cd /tmp && apt-get -q download python{PYTHON}-venv:{processor.debian}"
            run(
                system.command(["sh", "-ec", f"{fetch} && dpkg-deb -x python{PYTHON}-venv_*.deb /"]),
                quiet=True,
            )
        for name in ("cc", "gcc", "c++", "g++"):
            place = system.folder / "usr/local/bin" / name
            if not place.is_symlink():
                place.symlink_to(f"/usr/bin/{processor.tools}-{'g++' if '+' in name else 'gcc'}")
    return system


def build(processor: Processor) -> Path:
    """Returns a wheel for that processor, which is compiled on this machine."""
    compiler = f"{processor.tools}-gcc"
    if not shutil.which(compiler):
        raise Failed(f"needs {compiler} (on Debian: apt install gcc-{processor.tools})")
    out = processor.folder / "wheels"
    shutil.rmtree(out, ignore_errors=True)
    variable = processor.triple.upper().replace("-", "_")
    command: list[str | Path] = [environment.tools().command("maturin"), "build", "--profile", "dev-fast"]
    command += ["--target", processor.triple, "--interpreter", f"python{PYTHON}", "--out", out]
    command += ["--auditwheel", "skip", "--strip", "false"]
    env = {
        "PYO3_CROSS": "1",
        "PYO3_CROSS_PYTHON_VERSION": PYTHON,
        "CARGO_TARGET_DIR": str(processor.folder / "target"),
        f"CARGO_TARGET_{variable}_LINKER": compiler,
    }
    say(f"compiling for {processor.name}")
    run(command, env=env, quiet=True)
    return next(out.glob("*.whl"))


def download(processor: Processor) -> Path:
    """Returns a folder of the packages that both environments need. This machine's pip is faster than an emulated one."""
    into = processor.folder / "packages"
    command: list[str | Path] = [
        environment.tools().python,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--dest",
        into,
    ]
    command += ["--python-version", PYTHON, "--only-binary", ":all:", "--no-deps"]
    for version in ("2014", "_2_17", "_2_28"):
        command += ["--platform", f"manylinux{version}_{processor.name}"]
    # Dependencies are those of this machine's environment with the same requirements.
    there = environment.ours(environment.this_python())
    listed = output([there.python, "-m", "pip", "freeze", "--all", "--exclude", "ferrocffi"])
    pins = [line for line in listed.splitlines() if "==" in line]
    run([*command, *pins], quiet=True)
    return into


def inside(processor: Processor, command: list[str]) -> None:
    """Runs a command in the system, in the folder of this repository."""
    venvs = processor.folder / "venv"
    packages = processor.folder / "packages"
    mounts = [ROOT, CACHE, venvs, processor.folder / "wheels", packages]
    for path in mounts:
        path.mkdir(parents=True, exist_ok=True)
    env = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONS": PYTHON,
        "VENVS": str(venvs),
        "UPSTREAM_PATIENCE": "20",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(packages),
    }
    run(processor.system.command(command, cwd=ROOT, mounts=mounts), env=env)


def cross_module(processor: Processor) -> None:
    """Compiles a module for the processor with the cross compiler, and compares what it does there with here."""
    folder = processor.folder / "module"
    folder.mkdir(parents=True, exist_ok=True)
    headers = processor.system.folder / "usr/include"
    here = environment.ours(environment.this_python())
    words = ["-m", "tests.sources.cross", f"{processor.tools}-gcc", str(headers), str(folder), PYTHON]
    run([here.python, *words])
    expected = (folder / "expected").read_text()
    for name in (PYTHON, f"{PYTHON}-cffi-{NEWEST.version}-stock"):
        python = processor.folder / "venv" / name / "bin/python"
        words = [f"cd {folder} && exec {python} use.py"]
        mounts = [folder, processor.folder / "venv"]
        answer = output(processor.system.command(["/bin/sh", "-c", *words], mounts=mounts))
        if answer.strip() != expected.strip():
            raise Failed(f"the module does something else in {name}")
    say(f"a module compiled here does in {len(expected.splitlines())} expressions there what it does here")


def work(processor: Processor, command: list[str]) -> None:
    """Does everything, or runs that command; raises `Failed` if a step did not hold."""
    emulate(processor)
    ensure(processor)
    if command:
        inside(processor, command)
        return
    sources.archive(NEWEST)
    download(processor)
    wheel = build(processor)
    inside(processor, [f"python{PYTHON}", "-c", INSTALL, PYTHON, str(wheel)])
    failed = []
    for words in TESTS:
        try:
            inside(processor, [f"python{PYTHON}", *words])
        except Failed as error:
            failed.append(words[1])
            say(f"failed: {error}")
    try:
        cross_module(processor)
    except Failed as error:
        failed.append("module")
        say(f"failed: {error}")
    held = [name for name in (*(words[1] for words in TESTS), "module") if name not in failed]
    print(f"{processor.name}: {', '.join(held) or 'nothing'} held", flush=True)
    if failed:
        raise Failed(f"{processor.name}: {', '.join(failed)}")


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("processor", nargs="?", default="aarch64", choices=sorted(PROCESSORS))
    parser.add_argument("--run", nargs=argparse.REMAINDER, default=[], metavar="COMMAND")
    options = parser.parse_args()
    return done(lambda: work(PROCESSORS[options.processor], options.run))


if __name__ == "__main__":
    sys.exit(main())
