"""Building a wheel for this machine with maturin, and putting it into an environment.

python3 -m ci.wheel --dev      a quick build into .venv/<version>, for working on the project

What users get is built by `ci.release`, which makes it fit for older systems.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from ci import environment, interpreters
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import CACHE, FRONT_ENDS, NEWEST_CFFI, TARGET, Failed, done, locked, output, run, say


def build(interpreter: Interpreter, *, profile: str = "release", out: Path = CACHE / "wheels") -> Path:
    """Builds one wheel for that interpreter.

    Each version has a separate target folder, since a change of the interpreter would otherwise rebuild half of the
    tree, libffi included.
    """
    tools = environment.tools()
    fresh = out / f".{interpreter.version}-{profile}"
    with locked(CACHE / f"build-{interpreter.version}-{profile}.lock"):
        shutil.rmtree(fresh, ignore_errors=True)
        command: list[str | Path] = [tools.command("maturin"), "build", "--profile", profile]
        command += ["--interpreter", interpreter.path, "--out", fresh]
        if profile == "release":
            command += ["--locked"]
        else:
            command += ["--auditwheel", "skip", "--strip", "false"]
        target = TARGET / "wheel" / interpreter.version
        try:
            # The output is hidden, as maturin wrongly warns that the import of a module of this name will fail.
            run(command, env={"CARGO_TARGET_DIR": str(target), **for_bindings(interpreter)}, quiet=True)
            wheels = list(fresh.glob("*.whl"))
            if len(wheels) != 1:
                raise Failed(f"maturin made {len(wheels)} wheels where one was expected")
            return Path(shutil.move(wheels[0], out / wheels[0].name))
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def for_bindings(interpreter: Interpreter) -> dict[str, str]:
    """Returns variables for the build of the bindings, which refuses 3.13t although the bindings know its layouts."""
    return {"UNSAFE_PYO3_SKIP_VERSION_CHECK": "1"} if interpreter.version.startswith("3.13t") else {}


def install(wheel: Path, into: Environment) -> None:
    """Puts the wheel into the environment in place of any older build, and confirms that it is the one that runs."""
    environment.pip(into, "install", "--force-reinstall", "--no-deps", "--no-index", wheel)
    confirm(into)


def confirm(environment: Environment) -> None:
    """Raises `Failed` if the environment's interpreter imports another backend than this project's."""
    where = output([environment.python, "-c", "import _cffi_backend; print(_cffi_backend.__file__)"]).strip()
    if Path(where).parent.name != "_cffi_backend":
        raise Failed(f"{environment.python} imports another backend: {where}")


def develop(interpreter: Interpreter, into: Environment) -> None:
    """Makes a quick build of the current tree and installs it into an environment for tests."""
    wheel = build(interpreter, profile=os.environ.get("PROFILE") or "dev-fast", out=CACHE / "dev-wheels")
    install(wheel, into)


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--dev", action="store_true", required=True, help="quick build, installed into the environment"
    )
    parser.add_argument("--cffi", default=NEWEST_CFFI, choices=FRONT_ENDS, help="release of the front end")
    options = parser.parse_args()

    def work() -> None:
        found = interpreters.chosen() if os.environ.get("PYTHONS") else [environment.this_python()]
        for interpreter in found:
            into = environment.ours(interpreter, options.cffi)
            develop(interpreter, into)
            say(f"ready: {into.python}")

    return done(work)


if __name__ == "__main__":
    sys.exit(main())
