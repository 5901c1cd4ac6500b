"""The tables of semantics.md name every type, and have the sizes right."""

from __future__ import annotations

import platform
import re
import sys

import cffi
import cffi.model
import pytest

from tests.docs.blocks import DOCS

PAGE = (DOCS / "semantics.md").read_text(encoding="utf-8")
THEIRS = re.compile(r"^\| (.*) \| (\d+) \|$", re.MULTILINE)


def sizes() -> dict[str, int]:
    """Returns the table of primitive types."""
    _, _, table = PAGE.partition("| Types | Bytes |")
    table, _, _ = table.partition("```")
    return {
        name: int(size) for names, size in THEIRS.findall(table) for name in re.findall(r"`([^`]+)`", names)
    }


def test_every_primitive_type_is_named() -> None:
    # In-line, complex types go by the names of C; the front end's own table says so to its parser only.
    assert set(cffi.model.PrimitiveType.ALL_PRIMITIVE_TYPES) - set(sizes()) == set()


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the table is about Linux on x86-64"
)
def test_the_sizes_are_right() -> None:
    ffi = cffi.FFI()
    found = sizes()
    assert len(found) > 45
    assert {name: ffi.sizeof(name) for name in found} == found


@pytest.mark.parametrize("heading", ["From C to Python", "From Python to C", "Casts"])
def test_every_kind_has_its_row(heading: str) -> None:
    _, _, section = PAGE.partition(f"\n## {heading}\n")
    table = section.partition("```")[0].lower()
    for kind in (
        "integers",
        "enum",
        "_bool",
        "char",
        "float",
        "complex",
        "pointer",
        "struct",
        "union",
        "array",
    ):
        assert kind in table, kind
