"""``ferrocffi completion``: scripts that let bash, zsh and fish complete the commands and their options."""

from __future__ import annotations

from ferrocffi.examples import COMMANDS

SHELLS = ("bash", "zsh", "fish")

OPTIONS: dict[str, tuple[str, ...]] = {
    "status": ("--json",),
    "check": ("--json", "--cc", "--debug-info"),
    "bind": (
        *("--json", "--output", "--library", "--package-config", "--include-dir", "--define", "--before"),
        *("--only", "--rename", "--std", "--target", "--module", "--strict", "--stub", "--no-stub"),
        *("--force", "--verbose", "--api"),
    ),
    "stubs": ("--json", "--output", "--shared", "--check"),
    "gen-src": ("exec-python", "read-sources", "--ffi-var", "--depfile"),
    "run": ("--checked", "--pages"),
    "bench": ("--json", "--source", "--out", "--quick", "--group", "--runs"),
    "completion": SHELLS,
}
"""What may follow each command, besides files."""


def script(shell: str) -> str:
    """Returns the script for a shell."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def _bash() -> str:
    cases = "\n".join(f"    {name}) words='{' '.join([*OPTIONS[name], '--help'])}' ;;" for name in COMMANDS)
    return f"""\
_ferrocffi() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} words
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '{" ".join(COMMANDS)} --json --version --help' -- "$word"))
    return
  fi
  case ${{COMP_WORDS[1]}} in
{cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [[ $word == -* ]] || COMPREPLY+=($(compgen -f -- "$word"))
}}
complete -o filenames -F _ferrocffi ferrocffi
"""


def _zsh() -> str:
    commands = "\n".join(f"    '{name}:{text}'" for name, text in COMMANDS.items())
    cases = "\n".join(f"    {name}) follow=({' '.join([*OPTIONS[name], '--help'])}) ;;" for name in COMMANDS)
    return f"""\
#compdef ferrocffi
_ferrocffi() {{
  local -a commands follow
  commands=(
{commands}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    compadd -- --json --version --help
    return
  fi
  case ${{words[2]}} in
{cases}
  esac
  compadd -- $follow
  _files
}}
if [ "$funcstack[1]" = _ferrocffi ]; then _ferrocffi "$@"; else compdef _ferrocffi ferrocffi; fi
"""


def _fish() -> str:
    lines = ["complete -c ferrocffi -n __fish_use_subcommand -f"]
    for name, text in COMMANDS.items():
        lines.append(f"complete -c ferrocffi -n __fish_use_subcommand -a {name} -d '{text}'")
    for name, words in OPTIONS.items():
        seen = f"-n '__fish_seen_subcommand_from {name}'"
        for word in words:
            what = f"-l {word[2:]}" if word.startswith("--") else f"-a {word}"
            lines.append(f"complete -c ferrocffi {seen} {what}")
    return "\n".join([*lines, ""])
