"""``ferrocffi gen-src``: writes the C source of a module, for build tools that compile it.

The commands and arguments are those of ``cffi-gen-src``. The result depends on the texts alone: no compiler is called, and
nothing of the platform that the module is built for runs.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence
    from typing import Any


def quick(words: list[str]) -> int | None:
    """Runs ``read-sources`` for arguments without options and without errors; returns None for all others.

    `argparse` takes longer to import than the work takes.
    """
    if len(words) != 4 or any(word.startswith("-") for word in words):
        return None
    name, cdef, csrc, output = words
    try:
        if os.path.samefile(cdef, csrc):
            return None
        with open(cdef, encoding="utf-8") as file:
            declarations = file.read()
        with open(csrc, encoding="utf-8") as file:
            source = file.read()
    except (OSError, UnicodeDecodeError):
        return None
    _write(output, from_texts(name, declarations, source))
    return 0


def main(argv: Sequence[str] | None = None, prog: str = "ferrocffi gen-src") -> int:
    """Runs the command. The return value is the exit code."""
    import argparse

    parser = argparse.ArgumentParser(prog=prog, description="Generate CFFI C source for extension modules.")
    commands = parser.add_subparsers(dest="mode")
    depfile = {
        "metavar": "FILE",
        "help": "Also write FILE, which tells make and ninja what the output depends on",
    }
    script = commands.add_parser("exec-python", help="Execute a Python script that defines an FFI object")
    script.add_argument(
        "--ffi-var",
        default="ffibuilder",
        help="Name of the FFI object in the Python script; defaults to 'ffibuilder'.",
    )
    script.add_argument("--depfile", **depfile)  # type: ignore[arg-type]
    script.add_argument("pyfile", help="Path to the Python script")
    script.add_argument("output", help="Output path for the C source")
    texts = commands.add_parser(
        "read-sources", help="Read cdef and C source prelude files that define an FFI object"
    )
    texts.add_argument("--depfile", **depfile)  # type: ignore[arg-type]
    texts.add_argument("module_name", help="Full name of the generated module, including packages")
    texts.add_argument("cdef", help="File containing C definitions")
    texts.add_argument("csrc", help="File containing C source prelude")
    texts.add_argument("output", help="Output path for the C source")
    options = parser.parse_args(argv)
    if options.mode is None:
        parser.error("a subcommand is required: exec-python or read-sources")
    if options.mode == "exec-python":
        source = _read(script, "pyfile", options.pyfile)
        text, used = from_script(options.pyfile, source, options.ffi_var)
    else:
        if _same(options.cdef, options.csrc):
            parser.error("cdef and csrc are the same file and should not be")
        cdef, csrc = _read(texts, "cdef", options.cdef), _read(texts, "csrc", options.csrc)
        text = from_texts(options.module_name, cdef, csrc)
        used = [path for path in (options.cdef, options.csrc) if path != "-"]
    _write(options.output, text)
    if options.depfile:
        target = options.output.replace(" ", "\\ ")
        needed = " ".join(path.replace(" ", "\\ ") for path in used)
        _write(options.depfile, f"{target}: {needed}\n")
    return 0


def _read(parser: argparse.ArgumentParser, name: str, path: str) -> str:
    if path == "-":
        return sys.stdin.read()
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        parser.error(f"argument {name}: can't open '{path}': {error}")


def _same(first: str, second: str) -> bool:
    if first == second:
        return True
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False


def _write(path: str, text: str) -> None:
    if path == "-":
        sys.stdout.write(text)
        return
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def from_texts(module_name: str, cdef: str, source: str) -> str:
    """Returns the C source of a module with these declarations."""
    import _cffi_backend

    from ferrocffi import sources

    declarations = _cffi_backend.FFI()
    if declarations._take(cdef, False, 0, False) is not None:
        # The front end knows the exception, and what cffi takes although the compiled parser refuses it.
        from ferrocffi.frontend import cparser

        make: Any = cparser.Parser
        parser = make()
        parser.parse(cdef)
        declarations = parser._core
    return sources.c_source(declarations, module_name, source)


def from_script(path: str, source: str, variable: str) -> tuple[str, list[str]]:
    """Returns the C source of the module that a build script defines, and the files that the script consists of."""
    folder = os.path.dirname(os.path.abspath(path))
    sys.path.insert(0, folder)
    names: dict[str, Any] = {"__name__": "cffi.gen_src", "__file__": path, "__builtins__": __builtins__}
    exec(compile(source, path, "exec", dont_inherit=True), names)
    if variable not in names:
        raise NameError(f"Expected to find the FFI object with the name {variable!r}, but it was not found.")
    ffi: Any = names[variable]
    classes = _classes()
    if not isinstance(ffi, classes) and callable(ffi):
        ffi = ffi()
    made = ffi
    if not isinstance(made, classes):
        raise TypeError(
            f"Found an object with the name {variable!r} but it was not an instance of cffi.api.FFI"
        )
    import io

    text = io.StringIO()
    ffi.emit_c_code(text)
    return text.getvalue(), _used(path, folder)


def _classes() -> tuple[type, ...]:
    """Returns the classes `FFI` that build scripts can use."""
    found = []
    for name in ("ferrocffi.frontend.api", "cffi.api"):
        module = sys.modules.get(name)
        if module is not None:
            found.append(module.FFI)
    return tuple(found)


def _used(path: str, folder: str) -> list[str]:
    loaded: Iterable[Any] = list(sys.modules.values())
    files = {getattr(module, "__file__", None) for module in loaded}
    near = sorted(os.path.abspath(file) for file in files if file)
    return [
        path,
        *(file for file in near if file.startswith(folder + os.sep) and "site-packages" not in file),
    ]
