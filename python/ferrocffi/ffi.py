"""`ferrocffi.FFI`: declarations from headers and from texts of C, without the package cffi."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

import _cffi_backend

from ferrocffi.headers import Declaration, HeaderError, Problem, patterns, request

if not hasattr(_cffi_backend.FFI, "_read_header"):
    raise ImportError("ferrocffi.FFI needs ferrocffi's backend, and this process has another _cffi_backend")


class FFI(_cffi_backend.FFI):
    """C declarations, and what can be done with them.

    >>> ffi = FFI()
    >>> ffi.header("zlib.h")
    >>> lib = ffi.dlopen("z")
    >>> ffi.string(lib.zlibVersion()) == lib.ZLIB_VERSION
    True

    All methods of the `ffi` of a compiled module are here, and `cdef()`, `include()` and `dlopen()` as in cffi. The headers
    of one object make one translation unit, as if a C file included them one after the other.
    """

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
        """Add what a header and the files that it includes declare.

        `name` is written as in ``#include <...>``, or is a path; `before` are headers that it needs. Everything can be
        used; `dir(lib)` and `declarations()` show what the header's own folder declares, or what `only` selects. What
        cannot be understood is left out, and is in `problems()`; with `strict`, it raises `HeaderError`, and nothing is
        added. `target` must be this platform: other ones are for `ferrocffi.headers.read()`.
        """
        from ferrocffi.native import native

        arguments = request(name, include_dirs, defines, before, std)
        if target is not None:
            native.read_header([], 0, [], [], None, target)  # refuses unknown names
            raise ValueError("an FFI object is for this platform; ferrocffi.headers.read() takes a target")
        found = native.problems(native.read_header(*arguments, None)) if strict else []
        errors = [Problem(*each) for each in found if each[0] == "error"]
        if not errors:
            new = [Problem(*each) for each in self._read_header(*arguments, patterns(only))]
            self.__dict__.setdefault("_problems", []).extend(new)
            errors = [
                problem for problem in new if problem.severity == "error" and problem.file == "<header>"
            ]
        if errors:
            raise HeaderError(str(errors[0]), errors)

    def declarations(self, only: str | Iterable[str] | None = None) -> list[Declaration]:
        """What the headers and texts declare, or of all declarations those that `only` selects."""
        return [Declaration(*each) for each in self._declarations(patterns(only))]

    def problems(self) -> list[Problem]:
        """What could not be understood in the headers."""
        return list(self.__dict__.get("_problems", ()))

    def stubs(self, *, shared: bool = False) -> str:
        """Return the text of a stub for a module with this `ffi` and a `lib`: what type checkers and editors need.

        `shared` stubs import their general part from `ferrocffi.typed`.
        """
        from ferrocffi.stubs import of_ffi

        return of_ffi(self, shared=shared)
