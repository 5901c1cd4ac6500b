"""The reference names everything that the module has, each with an example below its heading."""

from __future__ import annotations

import re
from pathlib import Path

import _cffi_backend as backend
import ferrocffi

from ci.checks.links import prose
from tests.docs.blocks import DOCS, blocks

REFERENCE = sorted((DOCS / "reference").glob("*.md"))
PRIVATE = {
    "__module__",
    "__doc__",
    "__new__",
    "__init__",
    "__repr__",
    "__getattribute__",
    "__vectorcalloffset__",
}
"""Members that every Python class has, or that are no name to use."""


def names_with_examples() -> set[str]:
    """Returns what stands as code in headings that an example follows."""
    found: set[str] = set()
    for page in REFERENCE:
        for block in blocks(page):
            if block.language in ("python", "pycon"):
                found |= set(re.findall(r"`([^`]+)`", block.heading))
    return found


def names_of_the_module() -> set[str]:
    """Returns all names: those of the module, and members as ``Class.member``."""
    names = set()
    for name, value in vars(backend).items():
        if name.startswith("__") and name.endswith("__") and name != "__version__":
            continue
        names.add(name)
        if isinstance(value, type) and name in ("FFI", "CType", "CField", "CLibrary"):
            # What begins with one underscore is for the package ferrocffi.
            public = [member for member in vars(value) if not re.match(r"_[^_]", member)]
            names |= {f"{name}.{member}" for member in public if member not in PRIVATE}
    return names


def test_everything_has_a_heading_and_an_example() -> None:
    documented = names_with_examples()
    assert names_of_the_module() - documented == set()


OPERATIONS = {
    "__add__": "x + n",
    "__radd__": "n + x",
    "__sub__": "x - y",
    "__rsub__": "n - x",
    "__bool__": "bool(x)",
    "__call__": "x(…)",
    "__complex__": "complex(x)",
    "__float__": "float(x)",
    "__int__": "int(x)",
    "__getattribute__": "x.field",
    "__setattr__": "x.field = v",
    "__delattr__": "del x.field",
    "__dir__": "dir(x)",
    "__getitem__": "x[i]",
    "__setitem__": "x[i] = v",
    "__delitem__": "del x[i]",
    "__len__": "len(x)",
    "__iter__": "iter(x)",
    "__enter__": "with x:",
    "__exit__": "with x:",
    "__eq__": "x == y",
    "__ne__": "x == y",
    "__lt__": "x < y",
    "__le__": "x < y",
    "__gt__": "x < y",
    "__ge__": "x < y",
    "__hash__": "hash(x)",
    "__repr__": "repr(x)",
}
"""How the table of operations writes what C data can do."""


OF_LIBS = {f"Lib.__{name}__" for name in ("all", "dict", "name", "class", "loader", "spec")}
"""What a lib answers to, which its class does not list."""


def test_the_table_of_operations_has_all() -> None:
    # `__new__` only refuses.
    inside = {"__name__", "__module__", "__doc__", "__vectorcalloffset__", "__new__"}
    classes = [value for value in vars(backend).values() if isinstance(value, type)]
    data = [cls for cls in classes if issubclass(cls, backend._CDataBase)]
    assert len(data) == 5
    have = {name for cls in data for name in vars(cls)} - inside - {"__del__"}
    assert have - set(OPERATIONS) == set()
    page = (DOCS / "reference" / "cdata.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    shown = {code for row in rows for code in re.findall(r"`([^`]+)`", row.split("|")[1])}
    assert {OPERATIONS[name] for name in have} - shown == set()


def test_the_package_is_described() -> None:
    assert {f"ferrocffi.{name}" for name in ferrocffi.__all__} - names_with_examples() == set()


def test_lib_and_buffer_are_described() -> None:
    """What attributes a lib answers to besides its names."""
    documented = names_with_examples()
    assert documented >= OF_LIBS
    assert "buffer" in documented and "FFI.buffer" in documented


def test_nothing_else_is_named() -> None:
    platforms = {"FFI_STDCALL", "_WIN", "getwinerror", "FFI.getwinerror"}
    classes = {"_CDataBase", "buffer", "Lib", "FFI", "CType", "CField", "CLibrary"}
    members = {name for name in names_with_examples() if name.partition(".")[0] in classes or "." not in name}
    unknown = members - names_of_the_module() - platforms - OF_LIBS
    assert {name for name in unknown if re.fullmatch(r"[\w.]+", name) and not hasattr_path(name)} == set()


def hasattr_path(name: str) -> bool:
    """Does the module have that dotted name?"""
    value: object = backend
    for part in name.split("."):
        if not hasattr(value, part):
            return False
        value = getattr(value, part)
    return True


def test_pages_exist() -> None:
    assert {page.name for page in REFERENCE} >= {"ffi.md", "cdata.md", "ctype.md", "library.md", "module.md"}
    assert all(isinstance(page, Path) for page in REFERENCE)


def _named_cases() -> set[tuple[str, str]]:
    text = (DOCS / "differences.md").read_text(encoding="utf-8")
    rows = [line.rpartition("|")[0].rpartition("|")[2] for line in text.splitlines() if line.startswith("|")]
    return {(m[1], m[2]) for row in rows for m in re.finditer(r"`(\w+)\.(\w+)`", row)}


def test_each_difference_names_its_test() -> None:
    """The cases exist, and say that the stock backend does something else."""
    text = (DOCS / "differences.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|") and "---" not in line]
    assert len(rows) > 30
    assert [row for row in rows if "| Test |" not in row and not re.search(r"`\w+\.\w+` \|$", row)] == []
    for file, case in sorted(_named_cases()):
        source = (DOCS.parent / "tests" / "safety" / "cases" / f"{file}.py").read_text(encoding="utf-8")
        before, found, _ = source.partition(f"\ndef {case}(")
        assert found, f"no case {file}.{case}"
        assert "stock=" in before.rpartition("\n\n")[2], f"{file}.{case} holds for the stock backend too"


def test_each_entry_says_more_than_a_word() -> None:
    """An entry has a sentence or two, besides its example."""
    short = []
    for page in REFERENCE:
        heading, words = "", 0
        for _, line in [*prose(page), (0, "# end")]:
            if not line.startswith("#"):
                words += len(re.findall(r"[\w`(]+", line))
                continue
            if "`" in heading and words < 14:
                short.append(f"{page.name}: {heading}")
            heading, words = line, 0
    assert short == []
