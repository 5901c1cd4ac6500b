"""A free-threaded CPython: the one on PATH, or else one built from the source package of Debian's trixie.

ci/free-threaded-python [--debug] [--always-build]     prints the interpreter's path
ci/free-threaded-python --environment                  also makes an environment with this project's backend
                                                       in it, and prints the path of that one's interpreter
ci/free-threaded-python --install-into PYTHON          puts the backend and cffi's front end into the environment
                                                       of that interpreter, for use
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from ci import built_python, environment, front_end, wheel
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import FRONT_ENDS, NEWEST_CFFI, Failed, output, run, say

NAMES = ("python3.14t", "python3.13t")
"""What is looked for on PATH, in this order."""

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
    return found or built_python.ensure("debug" if debug else "release")


def prepare(python: Path, *, build: bool = True) -> Environment:
    """An environment with the front end and a quick build of this project's backend."""
    interpreter = described(python)
    into = environment.ensure(interpreter, interpreter.version, "requirements-free-threaded.txt")
    put_front_end(into.python)
    if build:
        wheel.develop(interpreter, into)
    return into


def install(python: Path) -> None:
    """Build the wheel that users get for an interpreter, and install it there with the front end."""
    interpreter = described(python)
    if not interpreter.version.rstrip("d").endswith("t"):
        raise Failed(f"{python} has a GIL: pip installs cffi there, and the wheel of this project beside it")
    say("building the wheel (the first time takes a minute or two)")
    built = wheel.build(interpreter)
    put_front_end(python)
    run([python, "-m", "pip", "install", *_QUIET, "--force-reinstall", "--no-deps", built])
    run([python, "-m", "ferrocffi", "check"])


_QUIET = ("--quiet", "--disable-pip-version-check", "--no-input")


def described(python: Path) -> Interpreter:
    """The interpreter under a name of its own, `3.13t` or `3.13td`."""
    script = (
        "import sys, sysconfig; print('%d.%d' % sys.version_info[:2] + "
        "'t' * bool(sysconfig.get_config_var('Py_GIL_DISABLED')) + 'd' * hasattr(sys, 'gettotalrefcount'))"
    )
    # The bindings know the free-threaded build's layouts, but their build refuses it.
    os.environ["UNSAFE_PYO3_SKIP_VERSION_CHECK"] = "1"
    return Interpreter(output([python, "-c", script]).strip(), python)


def put_front_end(python: Path) -> None:
    """Installs the pure Python part of cffi, and its parser of C."""
    others = [pin for pin in FRONT_ENDS[NEWEST_CFFI] if not pin.startswith("cffi==")]
    run([python, "-m", "pip", "install", *_QUIET, front_end.wheel(), *others], quiet=True)


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
    parser.add_argument("--install-into", type=Path, metavar="PYTHON", help="an interpreter to install into")
    options = parser.parse_args()
    try:
        if options.install_into:
            install(options.install_into.absolute())
            return 0
        python = ensure(debug=options.debug, always_build=options.always_build)
        if options.environment:
            python = prepare(python, build=not options.installed).python
        print(python)
    except Failed as error:
        say(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
