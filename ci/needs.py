"""What `make demo` and `make test` need of the system, looked for before anything is built.

python3 -m ci.needs demo|test      names what is missing, with the commands that install it; exit code 1 then

It uses nothing else of the project, so that nothing else can stand in its way. The Makefile sees to it that this Python
is new enough.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

CARGO_TOML = Path(__file__).resolve().parent.parent / "Cargo.toml"
DEBIAN, FEDORA, ALPINE, MACOS = "Debian, Ubuntu", "Fedora", "Alpine", "macOS"
INSTALL = {DEBIAN: "apt install", FEDORA: "dnf install", ALPINE: "apk add", MACOS: "brew install"}
"""The command that installs packages on each system."""


@dataclass(frozen=True)
class Need:
    """One requirement."""

    name: str
    purpose: str
    found: Callable[[], bool]
    packages: dict[str, str] = field(default_factory=dict)
    """The packages that provide it, by system."""
    commands: dict[str, str] = field(default_factory=dict)
    """The commands that provide it where it is not a package, by system; an empty name means all systems."""


def runs(*command: str | Path) -> bool:
    """Returns whether a command ends with exit code 0."""
    try:
        return (
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode
            == 0
        )
    except OSError:
        return False


def links(compiler: str, language: str, text: str, *options: str) -> bool:
    """Returns whether a compiler makes a program from a text."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name, "text")
        source.write_text(text, encoding="utf-8")
        # The option `-x` must apply only to the text, not to the arguments after it.
        words: list[str | Path] = [*compiler.split(), "-x", language, source]
        words += ["-x", "none", "-o", Path(name, "program")]
        return runs(*words, *options)


def c(text: str = "#include <stdio.h>\nint main(void) { return !stdout; }\n", *options: str) -> bool:
    """Returns whether C can be compiled and linked."""
    return links(os.environ.get("CC") or "cc", "c", text, *options)


def cpp() -> bool:
    """Returns whether C++ can be compiled and linked."""
    text = "#include <stdexcept>\nint main() { try { throw 1; } catch (int) { return 0; } }\n"
    return links(os.environ.get("CXX") or "c++", "c++", text)


def header() -> bool:
    """Returns whether the headers of this Python are installed."""
    folders = [sysconfig.get_path(name) for name in ("include", "platinclude")]
    return any(Path(folder, "Python.h").exists() for folder in folders if folder)


def library() -> bool:
    """Returns whether programs can be linked with this Python's library; true without a C compiler to try it."""
    if sys.platform in ("darwin", "win32") or not c():
        return True
    get = sysconfig.get_config_var
    name = f"-lpython{get('LDVERSION') or '{}.{}'.format(*sys.version_info)}"
    others = f"{get('LIBS') or ''} {get('SYSLIBS') or ''}".split()
    return c("int main(void) { return 0; }\n", f"-L{get('LIBDIR')}", f"-L{get('LIBPL')}", name, *others)


def environments() -> bool:
    """Returns whether this Python can make environments that contain pip."""
    return runs(sys.executable, "-c", "import venv, ensurepip")


def _version(text: str, pattern: str) -> tuple[int, ...]:
    found = re.search(pattern + r"(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else ()


def rust() -> bool:
    """Returns whether there is a Rust at least as new as the project's manifest requires."""
    if not runs("cargo", "--version") or not runs("rustc", "--version"):
        return False
    said = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=False).stdout
    wanted = _version(CARGO_TOML.read_text(encoding="utf-8"), 'rust-version = "')
    return _version(said, "rustc ") >= wanted


def rust_tools() -> bool:
    """Returns whether Rust's formatter and linter are installed; true if Rust itself is missing."""
    return not rust() or (runs("cargo", "fmt", "--version") and runs("cargo", "clippy", "--version"))


def needs(what: str) -> list[Need]:
    """Returns a target's requirements. Packages fit the interpreter that make was given: `python3`, `python3.13`."""
    given = Path(sys.executable).name
    name = given if re.fullmatch(r"python3(\.\d+)?", given) else "python3"
    plain = {FEDORA: name, ALPINE: name, MACOS: "python"}
    dev = {DEBIAN: f"{name}-dev", FEDORA: f"{name}-devel", ALPINE: f"{name}-dev", MACOS: "python"}
    xcode = {MACOS: "xcode-select --install"}
    library_name = "libpython{}.{}".format(*sys.version_info)
    found = [
        Need(
            "a C compiler (cc) and the C library's headers",
            "builds libffi and links the extension",
            c,
            {DEBIAN: "gcc libc6-dev", FEDORA: "gcc", ALPINE: "gcc musl-dev"},
            xcode,
        ),
        Need(
            f"the modules venv and ensurepip of {given}",
            "keep what is installed inside the project's folder",
            environments,
            {**plain, DEBIAN: f"{name}-venv"},
        ),
        Need("Python.h", "an example compiles a module, and so do tests", header, dev),
        Need(f"Python's library ({library_name})", "an example embeds Python, and so do tests", library, dev),
        Need(
            "Rust, as new as Cargo.toml says",
            "builds the extension",
            rust,
            commands={"": "https://rustup.rs says how to install it"},
        ),
    ]
    if what == "test":
        git = Need(
            "git",
            "lists the files that are checked",
            lambda: shutil.which("git") is not None,
            dict.fromkeys(INSTALL, "git"),
        )
        compiler = Need(
            "a C++ compiler (c++)",
            "a test throws C++ exceptions",
            cpp,
            {DEBIAN: "g++", FEDORA: "gcc-c++", ALPINE: "g++"},
            xcode,
        )
        tools = Need(
            "rustfmt and clippy",
            "check the source",
            rust_tools,
            commands={"": "rustup component add rustfmt clippy"},
        )
        found += [git, compiler, tools]
    return found


def remedies(missing: list[Need]) -> list[tuple[str, str]]:
    """Returns the commands to run, by system; an empty name means all systems."""
    lines: dict[tuple[str, str], None] = {}
    for system, install in INSTALL.items():
        packages = [word for need in missing for word in need.packages.get(system, "").split()]
        if packages:
            lines[system, f"{install} {' '.join(dict.fromkeys(packages))}"] = None
        lines.update({(system, need.commands[system]): None for need in missing if system in need.commands})
    lines.update({("", need.commands[""]): None for need in missing if "" in need.commands})
    return list(lines)


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["demo", "test"])
    what = parser.parse_args().what
    missing = [need for need in needs(what) if not need.found()]
    if not missing:
        return 0
    print(f"make {what} cannot start. This machine does not have:")
    for need in missing:
        print(f"  {need.name}: {need.purpose}")
    print("Install that, then start it again:")
    for system, command in remedies(missing):
        print(f"  {system:<15} {command}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
