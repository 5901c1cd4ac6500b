"""Runs the programs for one module: what is right runs, and each line that is wrong raises.

``python run.py FOLDER MODULE`` with the folder that `modules` made.
"""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

MARK = re.compile(r"  #!( mypy| pyright)?( static)?$")


def main(folder: Path, module: str) -> int:
    """Prints what did not behave as it should; returns how much that is."""
    sys.path.insert(0, str(folder))
    wrong = 0
    for program in runpy.run_path(str(folder / f"{module}_right.py"))["PROGRAMS"]:
        try:
            program()
        except Exception as error:
            line = (
                error.__traceback__.tb_next.tb_lineno
                if error.__traceback__ and error.__traceback__.tb_next
                else 0
            )
            print(f"right, line {line}: {type(error).__name__}: {error}")
            wrong += 1
    lines = (folder / f"{module}_wrong.py").read_text(encoding="utf-8").splitlines()
    names: dict[str, object] = {}
    exec("\n".join("" if MARK.search(line) else line for line in lines), names)
    for number, line in enumerate(lines, 1):
        found = MARK.search(line)
        if not found or found[2]:
            continue
        try:
            exec(compile(line, "wrong.py", "exec"), names)
        except Exception:
            continue
        print(f"wrong, line {number}: no exception: {line}")
        wrong += 1
    return wrong


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]) > 0)
