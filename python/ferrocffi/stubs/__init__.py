"""Stubs: what a C module declares, as types that mypy, pyright and editors understand.

`ferrocffi stubs MODULE` is the command; this is what it does. Declarations come from the objects of a module at run time, so
it does not matter which cffi made it, or which backend runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrocffi.stubs.described import Described, apply, described
from ferrocffi.stubs.render import render
from ferrocffi.stubs.source import NoDeclarations, beside, read_ffi, read_module

__all__ = ["Described", "NoDeclarations", "Stub", "described", "of_ffi", "of_module", "write"]


def of_module(name: str, *, shared: bool = False) -> str:
    """Returns the stub of a compiled or out-of-line module, which is imported for it."""
    module, _ = read_module(name)
    return render(module, shared=shared)


def of_ffi(ffi: Any, *, shared: bool = False) -> str:
    """Returns the stub of a module with `ffi` and `lib`, from what `cdef()` declared."""
    return render(read_ffi(ffi), shared=shared)


@dataclass(frozen=True)
class Stub:
    """A stub, and whether its file had other text before."""

    path: Path
    changed: bool


def write(
    name: str,
    output: str | Path | None = None,
    *,
    shared: bool = False,
    check: bool = False,
    known: Mapping[str, Described] | None = None,
) -> Stub:
    """Writes the stub of a module, beside it unless `output` names another file.

    With `check` nothing is written. A file that would not change is not touched. `known` has names of parameters and
    comments that the module itself does not have.
    """
    module, source = read_module(name)
    if known:
        apply(module, known)
    path = Path(output) if output else beside(source)
    text = render(module, shared=shared)
    changed = not path.exists() or path.read_text(encoding="utf-8") != text
    if changed and not check:
        path.write_text(text, encoding="utf-8")
    return Stub(path, changed)
