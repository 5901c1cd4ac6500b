"""Python objects whose methods run code when the backend uses them."""

from __future__ import annotations

from collections.abc import Callable, Generator

from tests.exit.operations.table import inside


class Number:
    """A number whose conversions run Python code."""

    def __int__(self) -> int:
        """Returns the value for `int()`."""
        return inside()

    def __index__(self) -> int:
        """Returns the value as an index."""
        return inside()

    def __float__(self) -> float:
        """Returns the value for `float()`."""
        return float(inside())

    def __complex__(self) -> complex:
        """Returns the value for `complex()`."""
        return complex(inside())

    def __bool__(self) -> bool:
        """Returns the truth value."""
        return bool(inside())

    def __eq__(self, other: object) -> bool:
        """Returns that it is equal to every object."""
        return bool(inside())

    def __lt__(self, other: object) -> bool:
        """Returns that it is less than every object."""
        return bool(inside())

    def __hash__(self) -> int:
        """Returns the hash of the number."""
        return inside()

    def __repr__(self) -> str:
        """Returns a text."""
        return f"Number({inside()})"


class Text(str):
    """A string whose comparison and hash run Python code."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Compares like `str`."""
        inside()
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        """Hashes like `str`."""
        inside()
        return str.__hash__(self)


class Items:
    """A sequence that is not a list."""

    def __len__(self) -> int:
        """Returns the length 3."""
        inside()
        return 3

    def __getitem__(self, i: int) -> int:
        """Returns an item."""
        inside()
        if i >= 3:
            raise IndexError(i)
        return i

    def __iter__(self) -> Generator[int, None, None]:
        """Returns an iterator over the items."""
        for i in range(3):
            inside()
            yield i


class Dying:
    """An object whose destructor runs Python code."""

    def __del__(self) -> None:
        """Lets other threads run."""
        inside()


class Exporter:
    """An object whose buffer is exported by Python code (PEP 688)."""

    def __init__(self) -> None:
        """Allocates eight bytes."""
        self.data = bytearray(b"abcdefgh")

    def __buffer__(self, flags: int) -> memoryview:
        """Returns a view of the bytes."""
        inside()
        return memoryview(self.data)

    def __release_buffer__(self, view: memoryview) -> None:
        """Ends the view."""
        inside()
        view.release()


def raising(*_: object) -> int:
    """Raises an exception after other threads had a turn."""
    inside()
    raise ValueError("on purpose")


def refused(function: Callable[..., object], *arguments: object) -> None:
    """Calls a function that raises an exception."""
    try:
        function(*arguments)
    except Exception:
        inside()
