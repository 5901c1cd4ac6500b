"""Cargo with the interpreter that make was given: ``python3 -m ci.rust test|clippy|fmt``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig

from ci.environment import this_python
from ci.project import ROOT, Failed, say

COMMANDS = {
    "test": ["cargo", "test", "--workspace", "--quiet"],
    "clippy": [
        "cargo",
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ],
    "fmt": ["cargo", "fmt", "--all", "--check"],
}


def main() -> int:
    """Runs one cargo command and returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    options = parser.parse_args()
    try:
        interpreter = this_python()
    except Failed as error:
        say(f"failed: {error}")
        return 1
    env = {**os.environ, "PYO3_PYTHON": str(interpreter.path)}
    # The backend's unit tests are programs linked with libpython; where it is, only the interpreter knows.
    folder = sysconfig.get_config_var("LIBDIR")
    if folder and sys.platform != "win32":
        variable = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
        env[variable] = os.pathsep.join(filter(None, [str(folder), env.get(variable)]))
    return subprocess.run(
        COMMANDS[options.command], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
