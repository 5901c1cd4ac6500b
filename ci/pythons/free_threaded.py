"""A free-threaded CPython: the one on PATH, or else one built from the source package of Debian.

ci/free-threaded-python [VERSION]                      prints the interpreter's path (3.14t, 3.13t, 3.15t)
ci/free-threaded-python [VERSION] --environment        also makes an environment with this project's backend
                                                       in it, and prints the path of that one's interpreter
ci/free-threaded-python --install-into PYTHON          puts the backend and cffi's front end into the environment
                                                       of that interpreter, for use (3.13t)

``--debug`` takes a build with assertions and reference counting of its own, ``--always-build`` none that is on PATH.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from ci import environment, front_end, interpreters, wheel
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import FRONT_ENDS, NEWEST_CFFI, Failed, output, run, say
from ci.pythons import built as built_python

VERSION = "3.14t"
"""The default version, for which cffi publishes wheels."""

WITHOUT_CFFI = "3.13t"
"""The version on which cffi's package cannot be installed, since its backend does not build. Its front end works."""

VERSIONS = (VERSION, WITHOUT_CFFI, "3.15t")


def find(version: str = VERSION) -> Path | None:
    """Returns a free-threaded interpreter on PATH, if there is one."""
    path = shutil.which(f"python{version}")
    return Path(path) if path and described(Path(path)).version == version else None


def ensure(version: str = VERSION, *, debug: bool = False, always_build: bool = False) -> Path:
    """Returns the interpreter on PATH (never for `debug`), else the one in the cache, built if necessary."""
    found = None if debug or always_build else find(version)
    return found or built_python.ensure(version + "d" * debug)


def prepare(python: Path, *, build: bool = True) -> Environment:
    """Makes an environment with the front end and a quick build of this project's backend."""
    interpreter = described(python)
    if interpreter.version in interpreters.FREE_THREADED:
        into = environment.ours(interpreter)
    else:
        into = environment.ensure(interpreter, interpreter.version, "requirements-free-threaded.txt")
        put_front_end(into.python)
    if build:
        wheel.develop(interpreter, into)
    return into


def install(python: Path) -> None:
    """Builds a release wheel for an interpreter, and installs it there with the front end."""
    interpreter = described(python)
    if interpreter.version.rstrip("d") != WITHOUT_CFFI:
        raise Failed(f"pip installs cffi for {python}, and the wheel of this project beside it")
    say("building the wheel (the first time takes a minute or two)")
    built = wheel.build(interpreter)
    put_front_end(python)
    run([python, "-m", "pip", "install", *_QUIET, "--force-reinstall", "--no-deps", built])
    run([python, "-m", "ferrocffi", "check"])


_QUIET = ("--quiet", "--disable-pip-version-check", "--no-input")


def described(python: Path) -> Interpreter:
    """Returns the interpreter with its version as a name, `3.14t` or `3.14td`."""
    script = (
        "import sys, sysconfig; print('%d.%d' % sys.version_info[:2] + "
        "'t' * bool(sysconfig.get_config_var('Py_GIL_DISABLED')) + 'd' * hasattr(sys, 'gettotalrefcount'))"
    )
    return Interpreter(output([python, "-c", script]).strip(), python)


def put_front_end(python: Path) -> None:
    """Installs the pure Python part of cffi, and its parser of C."""
    others = [pin for pin in FRONT_ENDS[NEWEST_CFFI] if not pin.startswith("cffi==")]
    run([python, "-m", "pip", "install", *_QUIET, front_end.wheel(), *others], quiet=True)


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("version", nargs="?", choices=VERSIONS, default=VERSION)
    parser.add_argument("--debug", action="store_true", help="a build with assertions")
    parser.add_argument("--always-build", action="store_true", help="even if there is one on PATH")
    parser.add_argument("--environment", action="store_true", help="with this project's backend")
    parser.add_argument(
        "--installed", action="store_true", help="take the backend as installed, build nothing"
    )
    parser.add_argument("--install-into", type=Path, metavar="PYTHON", help="an interpreter to install into")
    options = parser.parse_args()
    try:
        if options.install_into:
            install(options.install_into.absolute())
            return 0
        python = ensure(options.version, debug=options.debug, always_build=options.always_build)
        if options.environment:
            python = prepare(python, build=not options.installed).python
        print(python)
    except Failed as error:
        say(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
