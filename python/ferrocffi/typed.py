"""What C data is to a type checker. Everything is in `typed.pyi`: at run time there is nothing."""

from __future__ import annotations

from typing import NoReturn


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(f"ferrocffi.typed.{name} is for type checkers: import it below `if TYPE_CHECKING:`")
