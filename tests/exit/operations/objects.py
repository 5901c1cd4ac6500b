"""Python objects whose methods run code when the backend asks them for something."""

from __future__ import annotations

from collections.abc import Callable, Generator

from tests.exit.operations.table import inside


class Number:
    """A number whose value is asked for by running Python code."""

    def __int__(self) -> int:
        """The value, for `int()`."""
        return inside()

    def __index__(self) -> int:
        """The value, as an index."""
        return inside()

    def __float__(self) -> float:
        """The value, for `float()`."""
        return float(inside())

    def __complex__(self) -> complex:
        """The value, for `complex()`."""
        return complex(inside())

    def __bool__(self) -> bool:
        """Truth."""
        return bool(inside())

    def __eq__(self, other: object) -> bool:
        """Equal to everything."""
        return bool(inside())

    def __lt__(self, other: object) -> bool:
        """Less than everything."""
        return bool(inside())

    def __hash__(self) -> int:
        """The number's own."""
        return inside()

    def __repr__(self) -> str:
        """A text."""
        return f"Number({inside()})"


class Text(str):
    """A text that is compared and hashed by Python code."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """As for `str`."""
        inside()
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        """As for `str`."""
        inside()
        return str.__hash__(self)


class Items:
    """A sequence without a list."""

    def __len__(self) -> int:
        """Three."""
        inside()
        return 3

    def __getitem__(self, i: int) -> int:
        """A number."""
        inside()
        if i >= 3:
            raise IndexError(i)
        return i

    def __iter__(self) -> Generator[int, None, None]:
        """The numbers."""
        for i in range(3):
            inside()
            yield i


class Dying:
    """An object whose end is Python code."""

    def __del__(self) -> None:
        """The end."""
        inside()


class Exporter:
    """A buffer that is exported by Python code (PEP 688)."""

    def __init__(self) -> None:
        """With eight bytes."""
        self.data = bytearray(b"abcdefgh")

    def __buffer__(self, flags: int) -> memoryview:
        """The bytes."""
        inside()
        return memoryview(self.data)

    def __release_buffer__(self, view: memoryview) -> None:
        """The end of the view."""
        inside()
        view.release()


def raising(*_: object) -> int:
    """Fail, from inside."""
    inside()
    raise ValueError("on purpose")


def refused(function: Callable[..., object], *arguments: object) -> None:
    """Call what raises."""
    try:
        function(*arguments)
    except Exception:
        inside()
