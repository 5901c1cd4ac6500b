"""Macros that are further names of functions, such as ``#define mpz_init __gmpz_init``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from ferrocffi.headers import Header

_PREFIX = "_ferrocffi_alias_"


def of_functions(
    macros: Iterable[str], functions: Iterable[str], read: Callable[[str], Header]
) -> dict[str, str]:
    """Returns the function behind each of these macros that expands to the name of one.

    `read` reads the headers again, with one more header behind them. That one turns the expansion of each macro into a
    text, which is a constant.
    """
    names, known = list(macros), set(functions)
    if not names or not known:
        return {}
    lines = [
        "#define _ferrocffi_text(...) #__VA_ARGS__",
        "#define _ferrocffi_expanded(...) _ferrocffi_text(__VA_ARGS__)",
    ]
    lines += [f"#define {_PREFIX}{name} _ferrocffi_expanded({name})" for name in names]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder, "_ferrocffi_aliases.h")
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        found = read(str(path)).declarations([f"{_PREFIX}*"])
    texts = {each.name.removeprefix(_PREFIX): each.value for each in found if isinstance(each.value, bytes)}
    return {name: text.decode() for name, text in texts.items() if text.decode() in known}
