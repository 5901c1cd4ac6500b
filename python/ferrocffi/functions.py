"""Choices that are made for one C function at a time."""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    _F = TypeVar("_F", bound=Callable[..., Any])


def keep_gil(function: _F) -> _F:
    """Returns the C function as one whose calls keep the GIL, for functions that return at once.

    A call releases the GIL while C runs, and takes it again: more than half of the time of a short call. This
    leaves both out, for the calls of the object that it returns; `function` itself stays as it is.

    `function` is one of a library (``lib.name``, in-line or compiled), or another plain function pointer. The result
    is a function pointer of the same C type at the same address, for calling: what C is given, or what is read
    from C memory, does not carry the choice.

    Meanwhile no other Python thread runs. So it is for functions that compute something short: they must not wait
    for anything, least of all for another thread that may need Python, or be long. They may call back.

    On another backend than this project's it returns `function` itself, which is only slower.

    Raises `TypeError` for what is no C function, for callbacks, and for functions of modules so old that
    there is no function pointer behind them.
    """
    import _cffi_backend

    keep: Callable[[_F], _F] | None = getattr(_cffi_backend, "_keep_gil", None)
    return function if keep is None else keep(function)


def keeps_gil(function: Callable[..., Any]) -> bool:
    """Returns whether calls of a C function keep the GIL.

    They do if `keep_gil` made the function, and if the machine code of the function shows that it returns at once: it runs
    a few instructions, calls nothing and has no loop. The environment variable ``FERROCFFI_AT_ONCE=0`` turns the latter
    off for a process.

    On another backend than this project's it is always false.
    """
    import _cffi_backend

    tell: Callable[[Callable[..., Any]], bool] | None = getattr(_cffi_backend, "_keeps_gil", None)
    return tell is not None and tell(function)


def va_list(*values: Any) -> Any:
    """Returns a list of arguments, to pass where a C function takes a ``va_list``, such as ``vprintf()``.

    The values are cdata, as for ``...`` of a call: ``va_list(ffi.cast("int", 3), ffi.new("char[]", b"text"))``. They are promoted
    as C promotes them, and what they own lives as long as the list. Each function that gets the list reads it from its first
    value; it must not be read by two threads at a time. Like C, nobody checks that a format fits the values.

    Raises `TypeError` for what is no cdata, and `NotImplementedError` on other backends and on processors other than x86-64
    (System V) and AArch64 (Linux).
    """
    import _cffi_backend

    make: Callable[..., Any] | None = getattr(_cffi_backend, "_va_list", None)
    if make is None:
        raise NotImplementedError("the stock backend has no lists of arguments")
    return make(*values)
