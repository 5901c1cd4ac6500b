"""Names that do not exist: what was probably meant, in libraries and structs, wherever they are looked up."""

from __future__ import annotations

import importlib.util
import sys
import timeit
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cffi
import pytest

from tests.modules.building import compiled

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have no notes")

DECLARATIONS = """
    struct shape { int colour; int width; int height; struct { int depth; }; int low : 3; };
    struct crowd { int MEMBERS; };
    struct none;
    struct empty { };
    size_t strlen(const char *);
    int abs(int);
""".replace("MEMBERS", ", ".join(f"member_{i}" for i in range(500)))
FIELDS = "the fields of 'struct shape': colour, width, height, depth, low"


def notes(act: Callable[[], object], error: type[Exception]) -> list[str]:
    """Returns what is below the exception that it raises, which is of that very class."""
    try:
        act()
    except Exception as raised:
        assert type(raised) is error, raised
        return getattr(raised, "__notes__", [])
    raise AssertionError("no error")


@pytest.fixture(scope="module")
def ns() -> SimpleNamespace:
    ffi = cffi.FFI()
    ffi.cdef(DECLARATIONS)
    return SimpleNamespace(ffi=ffi, shape=ffi.new("struct shape *"), crowd=ffi.new("struct crowd *"))


class TestFields:
    """A misspelt field."""

    @pytest.mark.parametrize(
        ("name", "nearest"),
        [
            ("color", "colour"),
            ("coluor", "colour"),
            ("Width", "width"),
            ("heigth", "height"),
            ("dept", "depth"),
            ("lo", "low"),
            ("x", None),
            ("something_else", None),
            ("\xe9t\xe9", None),
            ("wid th", "width"),
        ],
    )
    def test_everywhere(self, ns: SimpleNamespace, name: str, nearest: str | None) -> None:
        expected = [f"the nearest field is '{nearest}'; {FIELDS}" if nearest else FIELDS]
        ffi, shape = ns.ffi, ns.shape
        for act, error in [
            (lambda: getattr(shape, name), AttributeError),
            (lambda: getattr(shape[0], name), AttributeError),
            (lambda: setattr(shape, name, 1), AttributeError),
            (lambda: delattr(shape, name), AttributeError),
            (lambda: ffi.new("struct shape *", {name: 1}), KeyError),
            (lambda: ffi.offsetof("struct shape", name), KeyError),
            (lambda: ffi.addressof(shape, name), KeyError),
            (lambda: ffi.addressof(shape[0], name), KeyError),
        ]:
            for _ in range(3):
                assert notes(act, error) == expected

    def test_names_that_are_put_together(self, ns: SimpleNamespace) -> None:
        for i in range(100):
            assert notes(lambda i=i: getattr(ns.shape, f"colo{i}"), AttributeError) == [
                f"the nearest field is 'colour'; {FIELDS}" if i < 10 else notes_of_none(f"colo{i}")
            ]

    def test_many_fields(self, ns: SimpleNamespace) -> None:
        (note,) = notes(lambda: ns.crowd.membr_77, AttributeError)
        assert note.startswith("the nearest field is 'member_77'; the fields of 'struct crowd': member_0, ")
        assert note.endswith(", member_11 and 488 more")

    def test_structs_without_fields(self, ns: SimpleNamespace) -> None:
        assert notes(lambda: ns.ffi.new("struct empty *").x, AttributeError) == [
            "'struct empty' has no fields"
        ]
        assert notes(lambda: ns.ffi.cast("struct none *", 16).x, AttributeError) == []

    def test_names_with_underscores_are_what_programs_ask_of_all_objects(self, ns: SimpleNamespace) -> None:
        assert notes(lambda: ns.shape.__wrapped__, AttributeError) == []
        assert notes(lambda: ns.ffi.cast("int", 3).colour, AttributeError) == []

    def test_keys_that_are_no_names(self, ns: SimpleNamespace) -> None:
        assert notes(lambda: ns.ffi.new("struct shape *", {1: 1}), KeyError) == [FIELDS]

    def test_types_that_come_to_lie_where_others_were(self) -> None:
        for i in range(200):
            ffi = cffi.FFI()
            ffi.cdef(f"struct s{{ int f{i}; }};")
            assert notes(lambda ffi=ffi: ffi.new("struct s *").missing, AttributeError) == [
                f"the field of 'struct s': f{i}"
            ]


def notes_of_none(name: str) -> str:
    """Returns the note of a name that takes too many changes: two letters of six too many are."""
    return f"the nearest field is 'colour'; {FIELDS}" if len(name) == 6 else FIELDS


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The same functions as a compiled module, and as an ABI-mode module."""
    folder = tmp_path_factory.mktemp("near")
    names = "size_t strlen(const char *); int abs(int); extern int counter; static const int LIMIT; enum colour { RED, GREEN };"
    code = "#include <string.h>\n#include <stdlib.h>\n" + (
        "int counter; static const int LIMIT = 3; enum colour { RED, GREEN };"
        '__attribute__((visibility("default"))) int undeclared_function(int n) { return n; }'
    )
    file = compiled(folder, "_near_api", names, code)
    spec = importlib.util.spec_from_file_location("_near_api", file)
    assert spec and spec.loader
    api = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(api)
    builder = cffi.FFI()
    builder.cdef("size_t strlen(const char *); int abs(int); enum colour { RED, GREEN };")
    builder.set_source("_near_abi", None)
    builder.emit_python_code(str(folder / "_near_abi.py"))
    abi: dict[str, Any] = {}
    exec((folder / "_near_abi.py").read_text(encoding="utf-8"), abi)
    return SimpleNamespace(api=api, abi=abi["ffi"], file=Path(file))


def attempts(lib: Any, ffi: Any, name: str) -> list[tuple[Callable[[], object], type[Exception]]]:
    """Each way to ask for a name of a library."""
    return [
        (lambda: getattr(lib, name), AttributeError),
        (lambda: setattr(lib, name, 1), AttributeError),
        (lambda: ffi.addressof(lib, name), AttributeError),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="libraries of another platform")
class TestLibraries:
    """A misspelt name of a library."""

    @pytest.mark.parametrize(
        ("name", "nearest"),
        [("strlne", "strlen"), ("Strlen", "strlen"), ("abss", "abs"), ("GREN", "GREEN"), ("green", "GREEN")],
    )
    def test_near_names(self, modules: SimpleNamespace, name: str, nearest: str) -> None:
        opened = modules.abi.dlopen(None)
        for lib, ffi in ((modules.api.lib, modules.api.ffi), (opened, modules.abi)):
            for act, error in attempts(lib, ffi, name):
                for _ in range(3):
                    assert notes(act, error) == [f"the nearest declared name is '{nearest}'"]

    def test_a_variable_and_a_constant(self, modules: SimpleNamespace) -> None:
        lib = modules.api.lib
        assert notes(lambda: lib.countr, AttributeError) == ["the nearest declared name is 'counter'"]
        assert notes(lambda: lib.LIMITS, AttributeError) == ["the nearest declared name is 'LIMIT'"]

    def test_symbols_that_are_not_declared(self, modules: SimpleNamespace) -> None:
        opened = modules.abi.dlopen(None)
        file = modules.abi.dlopen(str(modules.file))
        for act, error in attempts(opened, modules.abi, "qsort"):
            assert notes(act, error) == ["'qsort' is in the library, but cdef() does not declare it"]
        assert notes(lambda: file.undeclared_function, AttributeError) == [
            "'undeclared_function' is in the library, but cdef() does not declare it"
        ]
        for name in ("qsort", "undeclared_function"):
            for act, error in attempts(modules.api.lib, modules.api.ffi, name):
                assert notes(act, error) == [
                    f"'{name}' is in a library that the module is linked with, "
                    "but the cdef() of the module does not declare it"
                ]

    def test_nothing_near(self, modules: SimpleNamespace) -> None:
        opened = modules.abi.dlopen(None)
        for act, error in attempts(opened, modules.abi, "nothing_of_that_kind"):
            assert notes(act, error) == ["cdef() does not declare it, and the library has no such symbol"]
        assert notes(lambda: modules.api.lib.nothing_of_that_kind, AttributeError) == [
            "the cdef() of the module does not declare it"
        ]

    def test_a_closed_library_is_not_asked(self, modules: SimpleNamespace) -> None:
        lib = modules.abi.dlopen(None)
        assert notes(lambda: lib.qsort, AttributeError) == [
            "'qsort' is in the library, but cdef() does not declare it"
        ]
        modules.abi.dlclose(lib)
        assert notes(lambda: lib.qsort, AttributeError) == ["cdef() does not declare it"]

    def test_each_library_has_its_own_answers(self, modules: SimpleNamespace) -> None:
        for _ in range(50):
            opened, file = modules.abi.dlopen(None), modules.abi.dlopen(str(modules.file))
            (one,) = notes(lambda lib=opened: lib.undeclared_function, AttributeError)
            (other,) = notes(lambda lib=file: lib.undeclared_function, AttributeError)
            assert "no such symbol" in one and "is in the library" in other

    def test_names_that_are_none(self, modules: SimpleNamespace) -> None:
        lib = modules.api.lib
        for name in ("__wrapped__", "__bases__", "x" * 5000):
            assert notes(lambda name=name: getattr(lib, name), AttributeError) == []
        assert notes(lambda: getattr(lib, "nul\0nul"), AttributeError) == [
            "the cdef() of the module does not declare it"
        ]


def test_asking_stays_cheap(ns: SimpleNamespace, modules: SimpleNamespace) -> None:
    """A note for the same name is put together once: in a large struct it would take as long as many look-ups."""

    def nanoseconds(subject: object, name: str) -> float:
        program = f"hasattr(subject, {name!r})"
        return min(timeit.repeat(program, globals={"subject": subject}, number=2000, repeat=7)) / 2000 * 1e9

    assert nanoseconds(ns.crowd, "membr_77") < 5 * nanoseconds(ns.shape, "color")
    assert nanoseconds(modules.api.lib, "strlne") < 10 * nanoseconds(ns.shape, "color")
