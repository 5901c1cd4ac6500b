"""Compiles C files to extension modules and libraries: calls the compiler that built Python, without setuptools.

The environment variables `CC`, `CXX`, `CFLAGS`, `CPPFLAGS`, `LDFLAGS`, `LDSHARED` and `ARCHFLAGS` have the meaning that
they have for setuptools.
"""

from __future__ import annotations

import importlib.machinery
import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_CPLUSPLUS = {".cpp", ".cxx", ".cc", ".c++", ".C"}


class CompileError(Exception):
    """The compiler or the linker has failed. The text has the command and what it printed."""


def compile(
    c_file: str | os.PathLike[str],
    module_name: str,
    *,
    tmpdir: str | os.PathLike[str] = ".",
    target: str | None = None,
    sources: Iterable[str | os.PathLike[str]] = (),
    include_dirs: Iterable[str | os.PathLike[str]] = (),
    library_dirs: Iterable[str | os.PathLike[str]] = (),
    libraries: Iterable[str] = (),
    runtime_library_dirs: Iterable[str | os.PathLike[str]] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    undef_macros: Iterable[str] = (),
    extra_objects: Iterable[str | os.PathLike[str]] = (),
    extra_compile_args: Sequence[str] = (),
    extra_link_args: Sequence[str] = (),
    depends: Iterable[str | os.PathLike[str]] = (),
    export_symbols: Iterable[str] = (),
    language: str | None = None,
    py_limited_api: bool | None = None,
    embedding: bool = False,
    debug: bool | None = None,
    verbose: bool | int = False,
    environment: Mapping[str, str] | None = None,
    keep_objects: bool = False,
) -> str:
    """Compiles a C file, and `sources`, to the module `module_name` below `tmpdir`. Returns the path of the file.

    `target` names the file: None or ``*`` stands for what Python imports, ``name.*`` has the system's suffix for libraries.
    With `embedding`, the file is a library that contains Python. With `keep_objects`, the object files stay below `tmpdir`, as
    setuptools leaves them. The other arguments are those of `setuptools.Extension`.
    Raise `CompileError` if the compiler fails.
    """
    del depends, export_symbols  # every compilation is a new one, and all symbols keep their visibility
    tools = _Tools(os.environ if environment is None else environment)
    output = _output(Path(tmpdir), module_name, target, py_limited_api, embedding)
    output.parent.mkdir(parents=True, exist_ok=True)
    files = [Path(c_file), *map(Path, sources)]
    cplusplus = language == "c++" or any(file.suffix in _CPLUSPLUS for file in files)
    if py_limited_api and sysconfig.get_config_var("Py_GIL_DISABLED") and _has_abi3t():
        define_macros = [*define_macros, ("Py_TARGET_ABI3T", "0x030f0000")]
    if debug is None:
        debug = hasattr(sys, "gettotalrefcount")
    options = [
        *(f"-U{name}" for name in undef_macros),
        *(f"-D{name}" if value is None else f"-D{name}={value}" for name, value in define_macros),
        *(f"-I{os.fspath(folder)}" for folder in include_dirs),
        *(f"-I{folder}" for folder in _python_headers()),
        *(["-g"] if debug else []),
    ]
    with tempfile.TemporaryDirectory(prefix="build-", dir=output.parent) as folder:
        objects = []
        for number, file in enumerate(files):
            name = os.path.join(folder, f"{number}-{file.stem}.o")
            if keep_objects:
                name = _object_file(Path(tmpdir), file)
            command = tools.compiler(file, language)
            _run([*command, *options, "-c", os.fspath(file), "-o", name, *extra_compile_args], verbose)
            objects.append(name)
        made = os.path.join(folder, output.name)
        _run(
            [
                *tools.linker(cplusplus, embedding),
                *objects,
                *(os.fspath(each) for each in extra_objects),
                *(f"-L{os.fspath(each)}" for each in library_dirs),
                *(f"-Wl,-rpath,{os.fspath(each)}" for each in runtime_library_dirs),
                *(f"-l{name}" for name in libraries),
                *(_python_library() if embedding else []),
                "-o",
                made,
                *extra_link_args,
            ],
            verbose,
        )
        # A program that has loaded the old file keeps it.
        os.replace(made, output)
    return os.path.abspath(output)


def _object_file(tmpdir: Path, file: Path) -> str:
    """Returns the path of the object file below `tmpdir`: beside a C file that is there, else with the folders of the C file."""
    source = Path(os.path.abspath(file))
    root = Path(os.path.abspath(tmpdir))
    below = source.relative_to(root) if source.is_relative_to(root) else source.relative_to(source.anchor)
    path = (root / below).with_suffix(".o")
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(path)


def _has_abi3t() -> bool:
    """Returns whether this Python has a stable ABI without a GIL, as CPython 3.15t does."""
    return any(suffix == ".abi3t.so" for suffix in importlib.machinery.EXTENSION_SUFFIXES)


def module_file(module_name: str, *, py_limited_api: bool | None = None) -> str:
    """Returns the file name by which Python imports a module, with the folders of its packages."""
    suffix = str(sysconfig.get_config_var("EXT_SUFFIX"))
    if py_limited_api and os.name == "posix":
        if not sysconfig.get_config_var("Py_GIL_DISABLED"):
            suffix = ".abi3.so"
        elif _has_abi3t():
            suffix = ".abi3t.so"
    return os.path.join(*module_name.split(".")) + suffix


def _output(
    tmpdir: Path, module_name: str, target: str | None, py_limited_api: bool | None, embedding: bool
) -> Path:
    package, _, last = module_name.rpartition(".")
    if target is None:
        target = f"{last}.*" if embedding else "*"
    folder = tmpdir.joinpath(*package.split(".")) if package else tmpdir
    if target == "*":
        return tmpdir / module_file(module_name, py_limited_api=py_limited_api)
    if target.endswith(".*"):
        target = target[:-2] + {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
    return folder / target


def _run(command: list[str], verbose: bool | int) -> None:
    if verbose:
        print(shlex.join(command), flush=True)
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except OSError as error:
        raise CompileError(f"{command[0]} cannot be run: {error}") from error
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        raise CompileError(f"command {shlex.join(command)!r} failed with exit code {done.returncode}\n{text}")
    if text:
        # Warnings are for the person who builds.
        print(text, end="", file=sys.stderr)


def _python_headers() -> list[str]:
    paths = sysconfig.get_paths()
    return list(dict.fromkeys((paths["include"], paths["platinclude"])))


def _python_library() -> list[str]:
    version = sysconfig.get_config_var("LDVERSION") or sysconfig.get_config_var("VERSION")
    folders = [sysconfig.get_config_var("LIBPL"), sysconfig.get_config_var("LIBDIR")]
    found = [folder for folder in folders if folder and os.path.isdir(folder)]
    shared = bool(sysconfig.get_config_var("Py_ENABLE_SHARED"))
    paths = [f"-L{folder}" for folder in found] if shared or sys.platform != "darwin" else []
    system = shlex.split(
        f"{sysconfig.get_config_var('LIBS') or ''} {sysconfig.get_config_var('SYSLIBS') or ''}"
    )
    return [*paths, f"-lpython{version}", *([] if shared else system)]


class _Tools:
    """The commands of compiler and linker."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def _words(self, variable: str, default: str = "") -> list[str]:
        """Returns the words of an environment variable, or else of Python's configuration."""
        value = self._environment.get(variable)
        if value is None:
            value = sysconfig.get_config_var(variable) or default
        return shlex.split(value)

    def _extra(self, variable: str) -> list[str]:
        return shlex.split(self._environment.get(variable, ""))

    def _configured(self, variable: str) -> list[str]:
        return shlex.split(sysconfig.get_config_var(variable) or "")

    def compiler(self, file: Path, language: str | None) -> list[str]:
        cplusplus = language == "c++" or file.suffix in _CPLUSPLUS
        command = self._words("CXX", "c++") if cplusplus else self._words("CC", "cc")
        flags = self._configured("CFLAGS")
        if cplusplus:
            flags = [flag for flag in flags if flag not in ("-Wstrict-prototypes", "-std=c99", "-std=c11")]
        return [
            *command,
            *(["-x", "c++"] if cplusplus and file.suffix not in _CPLUSPLUS else []),
            *flags,
            *self._configured("CCSHARED"),
            *self._extra("ARCHFLAGS"),
            *self._extra("CPPFLAGS"),
            *(self._extra("CXXFLAGS") if cplusplus else self._extra("CFLAGS")),
        ]

    def linker(self, cplusplus: bool, embedding: bool) -> list[str]:
        command = self._words("LDSHARED", "cc -shared")
        compilers = [self._configured("CC"), ["cc"], ["gcc"]]
        own = self._extra("CXX") or self._configured("CXX") if cplusplus else self._extra("CC")
        # The linker is called through the compiler, which may be another one than that of Python's configuration.
        if own and "LDSHARED" not in self._environment:
            for compiler in compilers:
                if compiler and command[: len(compiler)] == compiler:
                    command = [*own, *command[len(compiler) :]]
                    break
        if embedding and sys.platform == "darwin":
            command = ["-dynamiclib" if word == "-bundle" else word for word in command]
        return [*command, *self._extra("LDFLAGS"), *self._extra("ARCHFLAGS")]
