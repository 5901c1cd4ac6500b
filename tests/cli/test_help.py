"""Help with examples, hints for misspelt commands, and completion: the same with and without Click."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from ferrocffi import completion
from ferrocffi.cli import cli
from ferrocffi.examples import COMMANDS, EXAMPLES

WITHOUT = "import sys; sys.modules['click'] = sys.modules['rich'] = None; "
START = "from ferrocffi.__main__ import main; sys.exit(main())"


def tool(*words: str, plain: bool = False) -> subprocess.CompletedProcess[str]:
    """Runs ``ferrocffi`` with these words."""
    program = (WITHOUT if plain else "import sys; ") + START
    return subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False
    )


def test_the_table_has_all_commands_and_options() -> None:
    assert set(COMMANDS) == set(cli.commands) == set(completion.OPTIONS)
    for name, command in cli.commands.items():
        options = {
            word
            for parameter in command.params
            if isinstance(parameter, click.Option)
            for word in (*parameter.opts, *parameter.secondary_opts)
            if word.startswith("--")
        }
        known = {word for word in completion.OPTIONS[name] if word.startswith("--")}
        assert known == options or name == "gen-src", name


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_examples(command: str, plain: bool) -> None:
    done = tool(*command.split(), "--help", plain=plain)
    assert done.returncode == 0, done.stderr
    if command != "gen-src":
        for line in EXAMPLES[command].strip().splitlines():
            assert line in done.stdout
    if not command:
        assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("command", "example"), [(c, e) for c, text in EXAMPLES.items() for e in text.strip().splitlines()]
)
def test_examples_name_options_that_exist(command: str, example: str) -> None:
    words = shlex.split(example.partition("   ")[0])
    assert words[0] == "ferrocffi"
    if len(words) == 1:
        return
    assert words[1] == command or not command
    until = words.index("--") if "--" in words else len(words)
    if words[1] != "run":
        known = {*completion.OPTIONS[words[1]], "--help"}
        assert {word for word in words[2:until] if word.startswith("--")} <= known


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(("word", "hint"), [("bnid", "bind"), ("stub", "stubs"), ("xyzzy", "--help")])
def test_misspelt_commands_get_a_hint(word: str, hint: str, plain: bool) -> None:
    done = tool(word, plain=plain)
    assert done.returncode == 2
    assert done.stderr == f"ferrocffi: there is no command {word!r}\nhint: ferrocffi {hint}\n"


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("shell", completion.SHELLS)
def test_scripts_are_printed(shell: str, plain: bool) -> None:
    assert tool("completion", shell, plain=plain).stdout == completion.script(shell)
    assert tool("completion", "tcsh", plain=plain).returncode == 2


def completed(line: str, folder: Path) -> set[str]:
    """Returns what bash offers for the last word of a line."""
    words = line.split(" ")
    script = completion.script("bash") + (
        f"COMP_WORDS=({' '.join(map(shlex.quote, words))})\nCOMP_CWORD={len(words) - 1}\n_ferrocffi\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_bash(tmp_path: Path) -> None:
    (tmp_path / "good.h").touch()
    assert completed("ferrocffi b", tmp_path) == {"bind", "bench"}
    assert completed("ferrocffi bind --li", tmp_path) == {"--library"}
    assert completed("ferrocffi bind go", tmp_path) == {"good.h"}
    assert completed("ferrocffi completion f", tmp_path) == {"fish"}
    assert completed("ferrocffi run --", tmp_path) == {"--checked", "--pages", "--help"}


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish")
def test_fish(tmp_path: Path) -> None:
    def offered(line: str) -> set[str]:
        script = completion.script("fish") + f"complete -C {shlex.quote(line)}"
        command = ["fish", "--no-config", "-c", script]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return {row.partition("\t")[0] for row in done.stdout.splitlines()}

    assert offered("ferrocffi b") == {"bind", "bench"}
    assert offered("ferrocffi bind --li") == {"--library"}
    assert offered("ferrocffi completion f") == {"fish"}


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh")
def test_zsh(tmp_path: Path) -> None:
    script = tmp_path / "_ferrocffi"
    script.write_text(completion.script("zsh"), encoding="utf-8")
    subprocess.run(["zsh", "-n", str(script)], check=True)
    program = """
        compadd() { print -l -- "$@" }; _files() { }; _describe() { print -l -- "${(@P)2}" }; compdef() { }
        source $1
        words=(ferrocffi x); CURRENT=2; _ferrocffi
        words=(ferrocffi stubs x); CURRENT=3; _ferrocffi
    """
    done = subprocess.run(
        ["zsh", "-f", "-c", program, "zsh", str(script)], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert any(line.startswith("bind:") for line in lines)
    assert {"--shared", "--check", "--output"} <= set(lines)
