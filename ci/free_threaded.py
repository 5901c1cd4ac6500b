"""A free-threaded CPython: the one on PATH, or else one built from the source package of Debian's trixie.

ci/free-threaded-python [--debug] [--always-build]     prints the interpreter's path
ci/free-threaded-python --environment                  also makes an environment with this project's backend
                                                       in it, and prints the path of that one's interpreter
ci/free-threaded-python --test                         runs the tests in it: cffi's test_c.py and the
                                                       project's own, alone and in four threads
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from ci import environment, wheel
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import CACHE, FRONT_ENDS, NEWEST_CFFI, Failed, locked, output, run, say
from tests.upstream import sources
from tests.upstream.suites import SUITES

NAMES = ("python3.14t", "python3.13t")
"""What is looked for on PATH, in this order."""

FOLDER = Path(os.environ.get("FREE_THREADED") or CACHE / "free-threaded").resolve()
"""Where sources and builds are kept. A build has this path in it and cannot be moved."""

PACKAGE = "python3.13"
SOURCE = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} trixie main\n"
MIRROR = "http://deb.debian.org/debian"

_PROBE = "import sys, sysconfig; print(sysconfig.get_config_var('Py_GIL_DISABLED'), hasattr(sys, 'gettotalrefcount'))"


def find() -> Path | None:
    """A free-threaded interpreter on PATH."""
    for name in NAMES:
        path = shutil.which(name)
        if path and output([path, "-c", _PROBE]).split()[0] == "1":
            return Path(path)
    return None


def ensure(*, debug: bool = False, always_build: bool = False) -> Path:
    """The interpreter on PATH (never for `debug`), or else the one in the cache, built now if need be."""
    found = None if debug or always_build else find()
    if found:
        return found
    prefix = FOLDER / ("debug" if debug else "release")
    python = prefix / "bin" / "python3.13t"
    with locked(FOLDER / f"{prefix.name}.lock"):
        if not python.exists():
            _build(_source(), prefix, debug=debug)
    if output([python, "-c", _PROBE]).split() != ["1", str(debug)]:
        raise Failed(f"{python} is not the build that was asked for; remove {prefix} and try again")
    return python


def _source() -> Path:
    """The archive as its authors made it: Debian's patches, which switch ensurepip off, are not applied."""
    known = sorted(FOLDER.glob(f"{PACKAGE}_*.orig.tar.xz"))
    if known:
        return known[-1]
    if not shutil.which("apt-get"):
        raise Failed(f"no free-threaded CPython: put {' or '.join(NAMES)} on PATH (no apt-get here)")
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


def _build(archive: Path, prefix: Path, *, debug: bool) -> None:
    """Configure, make and install, at low priority; about six minutes on two cores."""
    say(f"building {prefix} from {archive.name}; the log is {prefix}.log")
    work = FOLDER / f"build-{prefix.name}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        with tarfile.open(archive) as tar:
            if hasattr(tarfile, "data_filter"):
                tar.extractall(work, filter="data")
            else:
                tar.extractall(work)
        (tree,) = work.iterdir()
        flags = ["--disable-gil", "--with-ensurepip=install", f"--prefix={prefix}"]
        flags += ["--with-pydebug"] if debug else []
        with Path(f"{prefix}.log").open("w") as log:
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
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
                if done.returncode:
                    raise Failed(f"{step[0]} failed: see {prefix}.log")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def prepare(python: Path, *, build: bool = True) -> Environment:
    """An environment with the front end and a quick build of this project's backend."""
    debug = output([python, "-c", _PROBE]).split()[1] == "True"
    version = output([python, "-c", "import sys; print('%d.%dt' % sys.version_info[:2])"]).strip()
    interpreter = Interpreter(version + "d" * debug, python)
    # The bindings know this build's layouts, but their build refuses it.
    os.environ["UNSAFE_PYO3_SKIP_VERSION_CHECK"] = "1"
    others = [pin for pin in FRONT_ENDS[NEWEST_CFFI] if not pin.startswith("cffi==")]
    into = environment.ensure(
        interpreter, interpreter.version, "requirements-free-threaded.txt", packages=tuple(others)
    )
    _front_end(into)
    if build:
        wheel.develop(interpreter, into)
    return into


def _front_end(into: Environment) -> None:
    """Unpacks the pure Python files of cffi's wheel: it cannot be installed, as it would build its own backend."""
    site = Path(output([into.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    if (site / f"cffi-{NEWEST_CFFI}.dist-info").is_dir():
        return
    folder = CACHE / "front-end"
    if not list(folder.glob(f"cffi-{NEWEST_CFFI}-*.whl")):
        arguments: list[str | Path] = [
            "--no-deps",
            "--only-binary",
            "cffi",
            "--dest",
            folder,
            f"cffi=={NEWEST_CFFI}",
        ]
        environment.pip(environment.tools(), "download", *arguments)
    (archive,) = folder.glob(f"cffi-{NEWEST_CFFI}-*.whl")
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            if name.startswith("cffi"):
                files.extract(name, site)


def test(into: Environment) -> None:
    """The suites, each also in four threads three times; after each the GIL is still off."""
    folder = CACHE / "free-threaded-tests"
    tests = sources.unpack(SUITES[0].source, folder) / "src" / "c"
    guard = ["-p", "tests.threads.gil_stays_off"]
    parallel: list[str | Path] = ["--parallel-threads=4", "--iterations=1"]
    runs: list[list[str | Path]] = [[tests / "test_c.py"], *[[tests / "test_c.py", *parallel]] * 3]
    runs += [
        ["tests/cdata", "tests/convert", "tests/ctype", "tests/call", "tests/callback"],
        ["tests/threads"],
    ]
    for arguments in runs:
        run([into.python, "-m", "pytest", "-q", *guard, *arguments], env={"PYTHONPATH": str(Path.cwd())})


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--debug", action="store_true", help="a build with assertions")
    parser.add_argument("--always-build", action="store_true", help="even if there is one on PATH")
    parser.add_argument("--environment", action="store_true", help="with this project's backend")
    parser.add_argument(
        "--installed", action="store_true", help="take the backend as installed, build nothing"
    )
    parser.add_argument("--test", action="store_true", help="run the tests")
    options = parser.parse_args()
    try:
        python = ensure(debug=options.debug, always_build=options.always_build)
        if options.environment or options.test:
            into = prepare(python, build=not options.installed)
            python = into.python
            if options.test:
                test(into)
        print(python)
    except Failed as error:
        say(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
