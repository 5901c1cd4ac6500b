"""Readers that go away: ``python -m ferrocffi check --json | head``."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PLAIN = (
    "import sys; sys.modules['click'] = sys.modules['rich'] = None;"
    "from ferrocffi.__main__ import main; sys.exit(main())"
)
STARTS = {"with the extra": ["-m", "ferrocffi"], "without": ["-c", PLAIN]}
COMMANDS = ["check --json", "check", "status", "status --json", "--json", "--help", "--version"]


@pytest.mark.skipif(os.name == "nt", reason="pipes of another kind")
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize(
    ("command", "read", "unbuffered"),
    [*((command, 0, False) for command in COMMANDS), ("check", 1, False), ("check --json", 100, True)],
)
def test_nobody_is_blamed(start: list[str], command: str, read: int, unbuffered: bool) -> None:
    env = {**os.environ, **({"PYTHONUNBUFFERED": "1"} if unbuffered else {})}
    with subprocess.Popen(
        [sys.executable, *start, *command.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        if read:
            os.read(process.stdout.fileno(), read)
        process.stdout.close()
        said = process.stderr.read().decode()
    assert (said, process.returncode) == ("", 0)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")
def test_other_errors_of_the_output_are_heard() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ferrocffi", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode != 0 and "No space left" in done.stderr
