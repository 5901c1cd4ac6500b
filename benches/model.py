"""What a benchmark consists of: operations in groups, and the limits that a group has to keep."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Code:
    """One way to do an operation."""

    statement: str
    """What is timed."""
    check: str
    """An expression that is true after the statement ran once."""
    setup: str = ""
    """Statements run once before; the names that they bind are local variables of the timed code."""


@dataclass(frozen=True)
class Operation:
    """A timed operation; the time of one execution is reported in nanoseconds."""

    name: str
    cffi: Code
    """What runs on the stock backend and on ours."""
    ctypes: Code | None = None
    extension: Code | None = None
    """The operation through the C extension that keeps the GIL."""
    tags: frozenset[str] = frozenset()
    limit: Code | None = None
    """The operation through the C extension that does what cffi does: it lets go of the GIL and keeps errno."""


@dataclass(frozen=True)
class Script:
    """A program whose fresh process prints one number: a time in milliseconds, or a size in bytes."""

    name: str
    source: str
    unit: str
    rounds: int = 15
    """How many processes; the least number counts."""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Limit:
    """A geometric mean of ratios (stock / ours) that must be reached."""

    ratio: float
    tag: str = ""
    """Only the operations with this tag."""
    text: str = ""


@dataclass(frozen=True)
class Group:
    """Operations that are summed up by one geometric mean."""

    key: str
    """The name on the command line."""
    title: str
    operations: tuple[Operation | Script, ...]
    limits: tuple[Limit, ...] = ()
    floor: float = 0.95
    """The least ratio of a single operation."""
    twins: str = ""
    """The group whose operations of the same name ours must not be slower than, as stock runs them."""
    note: str = ""
    counted: bool = field(default=True)
    """Whether its operations are part of the mean of all."""
