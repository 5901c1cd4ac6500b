"""Building a wheel for users: linked against an old C library, with notices, the same bytes each time."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ci import environment
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import CACHE, ROOT, TARGET, WHEELS, Failed, locked, output, run, say
from ci.release import archive, notices, parts
from ci.release.target import Target, rustc_arguments, variables
from ci.wheel import for_bindings


def tools() -> Environment:
    """Returns the environment of maturin, zig and auditwheel."""
    requirements = ("requirements-build.txt", "requirements-release.txt")
    return environment.ensure(environment.this_python(), "release", *requirements)


def wheel(
    interpreter: Interpreter,
    target: Target,
    *,
    out: Path = WHEELS,
    root: Path = ROOT,
    folder: Path | None = None,
) -> Path:
    """Builds the wheel for one interpreter. `root` is the source tree, and `folder` is cargo's target folder."""
    made = tools()
    folder = folder or TARGET / "release-wheels"
    fresh = out / f".{interpreter.version}-{target.triple}"
    out.mkdir(parents=True, exist_ok=True)
    with locked(CACHE / "release.lock"):
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            command = _command(made, interpreter, target, fresh)
            # The output is hidden, as maturin wrongly warns that the import of a module of this name will fail.
            run(command, env=_environment(made, interpreter, target, root, folder), cwd=root, quiet=True)
            wheels = list(fresh.glob("*.whl"))
            if len(wheels) != 1:
                raise Failed(f"maturin made {len(wheels)} wheels where one was expected")
            _finish(wheels[0], target, made)
            return Path(shutil.move(wheels[0], out / wheels[0].name))
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _command(made: Environment, interpreter: Interpreter, target: Target, fresh: Path) -> list[str | Path]:
    by_name = target.musl or target.foreign
    command: list[str | Path] = [made.command("maturin"), "build", "--profile", "release", "--locked"]
    command += ["--interpreter", _name(interpreter) if by_name else interpreter.path, "--out", fresh]
    command += ["--target", target.triple]
    if target.policy:
        command += ["--zig", "--compatibility", target.policy, "--auditwheel", "check"]
    if more := rustc_arguments(target):
        command += ["--", *more]
    return command


def _name(interpreter: Interpreter) -> str:
    """Returns a name for which maturin uses its own data on that version, since the C library is another one."""
    return f"python{interpreter.version}"


def _environment(
    made: Environment, interpreter: Interpreter, target: Target, root: Path, folder: Path
) -> dict[str, str]:
    found = {"CARGO_TARGET_DIR": str(folder), **variables(target, root), **for_bindings(interpreter)}
    found["PATH"] = os.pathsep.join([str(made.scripts), os.environ.get("PATH", "")])
    return found


def _finish(wheel: Path, target: Target, made: Environment) -> None:
    """Adds the notices, and inspects the result as a package index would."""
    linked = parts.collect(target, made)
    archive.add(wheel, {**notices.licence_files(linked), **notices.bill(linked, wheel.name)})
    if target.policy:
        report = output([made.python, "-m", "ci.release.inspect", wheel, target.triple, target.policy])
        say(report.strip().replace("\n", "\n   "))
