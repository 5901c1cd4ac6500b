"""The sources of modules: C for API modules, Python for ABI modules.

>>> import ferrocffi
>>> ffi = ferrocffi.FFI()
>>> ffi.cdef("int abs(int);")
>>> "_cffi_f_abs" in c_source(ffi, "example", "#include <stdlib.h>")
True
"""

from __future__ import annotations

import _cffi_backend

from ferrocffi import errors as own_errors

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def _core(ffi: Any) -> Any:
    """Returns the object with the declarations of an FFI object of any kind."""
    if isinstance(ffi, _cffi_backend.FFI):
        return ffi
    if (core := getattr(ffi, "_core", None)) is not None:
        return core
    parser: Any = getattr(ffi, "_parser", None)
    if not hasattr(parser, "_types"):
        raise TypeError(f"expected an FFI object with declarations of its own, not {type(ffi).__name__}")
    if parser._known() is not None:
        raise TypeError("the declarations of this FFI object are those of the parser of the package cffi")
    return parser._types()


def _text(answer: tuple[str | None, list[Any], tuple[str, str] | None], errors: object) -> str:
    text, _, problem = answer
    if problem is not None:
        kind, message = problem
        known: dict[str, type[Exception]] = {
            "TypeError": TypeError,
            "NotImplementedError": NotImplementedError,
        }
        error = known[kind] if kind in known else getattr(errors, kind, own_errors.VerificationError)
        raise error(message)
    assert text is not None
    return text


def c_source(
    ffi: object,
    module_name: str,
    preamble: str,
    *,
    includes: Sequence[str] = (),
    embedding: str | None = None,
    limited_api: bool = True,
    errors: object = own_errors,
) -> str:
    """Returns the C source of an API module with the declarations of `ffi`.

    `preamble` is C code that makes the declarations known, such as ``#include`` directives. `includes` are the names of
    the modules whose declarations `ffi` includes. `embedding` is the Python code that a library runs when it starts Python.
    Without `limited_api`, the module is for one version of CPython. `errors` has the class `VerificationError`.
    """
    return _text(
        _core(ffi)._c_source(module_name, preamble, list(includes), embedding, not limited_api), errors
    )


def python_source(
    ffi: object, module_name: str, *, includes: Sequence[str] = (), errors: object = own_errors
) -> str:
    """Returns the Python source of an ABI module with the declarations of `ffi`."""
    return _text(_core(ffi)._python_source(module_name, list(includes)), errors)
