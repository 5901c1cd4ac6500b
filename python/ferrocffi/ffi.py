"""`ferrocffi.FFI`: declarations from headers and from texts of C, with or without the package cffi."""

from __future__ import annotations

import os
import sys

import _cffi_backend

from ferrocffi.frontend import api as _own
from ferrocffi.frontend import compiled
from ferrocffi.frontend.error import CDefError, FFIError, VerificationError

TYPE_CHECKING = False
"""Checkers know the name. `typing` takes longer to import than all else here."""

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ferrocffi.headers import Declaration, Problem
    from ferrocffi.verify import LayoutReport

if not hasattr(_cffi_backend.FFI, "_read_header"):
    raise ImportError("ferrocffi.FFI needs ferrocffi's backend, and this process has another _cffi_backend")

if TYPE_CHECKING:
    _Base: Any = object
else:
    try:
        # The objects are then of the class that other programs know, and can be included by theirs.
        from cffi import FFI as _Base
    except ImportError:
        _Base = _own.FFI


class _Translated:
    """Raises the exceptions of the package cffi in the place of this project's, where `FFI` is a subclass of cffi's."""

    def __enter__(self) -> None:
        """Does nothing."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Raises the other exception, if there is one."""
        if not isinstance(error, (CDefError, FFIError, VerificationError)):
            return
        theirs = getattr(sys.modules.get(_Base.__module__.partition(".")[0]), type(error).__name__, None)
        if theirs is not None and not isinstance(error, theirs):
            raise theirs(*error.args) from error


_front_end: Any = _own.FFI
_modules: Any = compiled


class FFI(_Base):  # type: ignore[misc]
    """C declarations, and what can be done with them.

    >>> ffi = FFI()
    >>> ffi.header("zlib.h")
    >>> lib = ffi.dlopen("z")
    >>> ffi.string(lib.zlibVersion()) == lib.ZLIB_VERSION
    True

    All methods of `cffi.FFI` are here. The headers of one object make one translation unit, as if a C file included them
    one after the other.
    """

    error = _cffi_backend.FFI.error
    _problems: list[Problem]

    def header(
        self,
        name: str | Sequence[str],
        include_dirs: Sequence[str | os.PathLike[str]] = (),
        defines: Mapping[str, object] | Iterable[tuple[str, object]] = (),
        before: Sequence[str] = (),
        std: str | None = None,
        only: str | Iterable[str] | None = None,
        target: str | None = None,
        strict: bool = False,
    ) -> None:
        """Adds what a header and the files that it includes declare.

        `name` is written as in ``#include <...>``, or is a path; `before` are headers that it needs. Everything can be
        used; `dir(lib)` and `declarations()` show what the header's own folder declares, or what `only` selects. What
        cannot be understood is left out, and is in `problems()`; with `strict`, it raises `HeaderError`, and nothing is
        added. `target` must be this platform: other ones are for `ferrocffi.headers.read()`.
        """
        # Only those who read headers wait for these imports.
        from ferrocffi.headers import HeaderError, Problem, patterns, request
        from ferrocffi.native import native

        arguments = request(name, include_dirs, defines, before, std)
        if target is not None:
            native.read_header([], 0, [], [], None, target)  # refuses unknown names
            raise ValueError("an FFI object is for this platform; ferrocffi.headers.read() takes a target")
        found = native.problems(native.read_header(*arguments, None)) if strict else []
        errors = [Problem(*each) for each in found if each[0] == "error"]
        if not errors:
            new = [Problem(*each) for each in self._parser._read_header(*arguments, patterns(only))]
            self.__dict__.setdefault("_problems", []).extend(new)
            self.__dict__.setdefault("_requests", []).append(arguments)
            errors = [
                problem for problem in new if problem.severity == "error" and problem.file == "<header>"
            ]
        if errors:
            raise HeaderError(str(errors[0]), errors)

    @property
    def _core(self) -> Any:
        from ferrocffi.frontend import recompiler

        core_of: Any = recompiler.core_of
        return core_of(self)

    def _declarations(self, only: list[str]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._core._declarations(only)
        return found

    def declarations(self, only: str | Iterable[str] | None = None) -> list[Declaration]:
        """Returns what the headers and texts declare, or of all declarations those that `only` selects."""
        from ferrocffi.headers import Declaration, patterns

        return [Declaration(*each) for each in self._declarations(patterns(only))]

    def problems(self) -> list[Problem]:
        """Returns what could not be understood in the headers."""
        return list(self.__dict__.get("_problems", ()))

    def verify_layouts(
        self,
        headers: str | Sequence[str] | None = None,
        *,
        include_dirs: Sequence[str | os.PathLike[str]] = (),
        defines: Mapping[str, object] | Iterable[tuple[str, object]] = (),
        library: str | os.PathLike[str] | None = None,
        cc: str | None = None,
    ) -> LayoutReport:
        """Compares the declarations with the installed headers, by the C compiler, or with a library's debug information.

        Without `headers`, those that `header()` has read. Raises `ferrocffi.LayoutError` if a size, a place, a value or a
        signature differs, with the numbers of both sides.
        """
        from ferrocffi.verify import verify_layouts

        return verify_layouts(
            self, headers, include_dirs=include_dirs, defines=defines, library=library, cc=cc
        )

    def stubs(self, *, shared: bool = False) -> str:
        """Returns the text of a stub for a module with this `ffi` and a `lib`: what type checkers and editors need.

        `shared` stubs import their general part from `ferrocffi.typed`.
        """
        from ferrocffi.stubs import of_ffi

        return of_ffi(self, shared=shared)

    def integer_const(self, name: str) -> int:
        """Returns the value of an integer constant or enumerator."""
        value: int = self._core.integer_const(name)
        return value

    def callback(
        self, cdecl: Any, python_callable: Any = None, error: Any = None, onerror: Any = None
    ) -> Any:
        """Returns a function pointer that C can call. Without `python_callable`, returns a decorator."""
        if isinstance(cdecl, str) and "_problems" in self.__dict__:
            return self._core.callback(cdecl, python_callable, error, onerror)
        return super().callback(cdecl, python_callable, error, onerror)

    def dlopen(self, name: Any = None, flags: int = 0) -> Any:
        """Opens a dynamic library by its name; None is the program itself."""
        if "_problems" in self.__dict__:
            return self._core.dlopen(name, flags)
        return super().dlopen(name, flags)

    def dlclose(self, lib: Any) -> None:
        """Closes a library; what was looked up in it must not be used any more."""
        if isinstance(lib, _cffi_backend.Lib):
            self._core.dlclose(lib)
        else:
            super().dlclose(lib)

    def addressof(self, cdata: Any, *fields_or_indexes: Any) -> Any:
        """Returns the address of a struct, union, array, field or item, or of a name of a library."""
        if isinstance(cdata, _cffi_backend.Lib):
            return self._core.addressof(cdata, *fields_or_indexes)
        return super().addressof(cdata, *fields_or_indexes)

    def include(self, ffi_to_include: Any) -> None:
        """Makes the types and constants of another FFI object visible in this one.

        The other one can be the `ffi` of a compiled module, too: its types are then the types of this one.
        """
        if _modules.is_compiled(ffi_to_include):
            ffi_to_include = _modules.stand_in(ffi_to_include, FFI)
        super().include(ffi_to_include)

    def emit_c_code(self, filename: Any) -> None:
        """Writes the C source of the module into a file."""
        with _Translated():
            _front_end.emit_c_code(self, filename)

    def emit_python_code(self, filename: Any) -> None:
        """Writes the module in Python into a file."""
        with _Translated():
            _front_end.emit_python_code(self, filename)

    def compile(
        self, tmpdir: str = ".", verbose: int = 0, target: str | None = None, debug: bool | None = None
    ) -> Any:
        """Writes and compiles the module below a folder, without setuptools. Returns the path of the result."""
        with _Translated():
            return _front_end.compile(self, tmpdir, verbose, target, debug)

    def distutils_extension(self, tmpdir: str = "build", verbose: bool = True) -> Any:
        """Writes the C source and returns the `Extension` of setuptools that builds it."""
        with _Translated():
            return _front_end.distutils_extension(self, tmpdir, verbose)
