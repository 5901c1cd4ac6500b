"""The tables of C sources are those that the stock generator writes for the same declarations."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import _cffi_backend
import cffi
import pytest
from cffi import recompiler
from ferrocffi import sources

from tests.inline import generated
from tests.sources.canonical import tables

TEXTS = Path(__file__).parents[2] / "crates/cffi-emit/tests/stock/texts.txt"

ELIDED = [
    "typedef struct { int a; ...; } t; struct s { char c[...]; t inner; ...; }; union u { t x; int y; };",
    "typedef int... num; typedef unsigned long... big; typedef double... real; num f(big, real);",
    "typedef ... opaque; typedef ... *handle; opaque *open(handle); void use(opaque *, handle, int);",
    "#define X ...\n#define Y 5\n#define Z -0x10\nenum e { A, B = ..., C }; typedef enum { D, ... } d;",
    "extern int a[...]; extern int b[3][...]; extern char c[]; typedef int m[...][...]; extern m v; int f(m, m *);",
    'extern "Python" int f(int, double); extern "Python+C" { void g(void); long double h(long double); }',
    "int v(const char *, ...); static const int N = 4; static const double D; static char *const S; extern const int I;",
    "typedef struct { int x; } *p; p make(void); struct outer { struct { int i; union { int u; float w; }; }; p q; };",
    "struct b { int x : 3; int : 0; unsigned y : 7; }; FILE *f(FILE *); char16_t g(char32_t); float _Complex h(double _Complex);",
    "enum { LONE = 3, OTHER }; struct n { struct { int q; } in; enum { INNER } e; int (*cb)(struct n *, ...); };",
    "typedef struct tag named; struct tag { named *next; }; extern named one; extern struct tag many[2]; named by(named);",
]


def _stock(text: str, included: str | None = None) -> str:
    ffi = cffi.FFI()
    if included:
        other = cffi.FFI()
        other.cdef(included)
        other.set_source("other", "")
        ffi.include(other)
    ffi.cdef(text)
    generator = recompiler.Recompiler(ffi, "package.module")
    generator.collect_type_table()
    generator.collect_step_tables()
    out = io.StringIO()
    generator.write_source_to_f(out, "")
    return out.getvalue()


def _ours(text: str, included: str | None = None) -> str:
    ffi = _cffi_backend.FFI()
    if included:
        other = _cffi_backend.FFI()
        other.cdef(included)
        ffi.include(other)
    ffi.cdef(text)
    return sources.c_source(ffi, "package.module", "", includes=["other"] if included else [], errors=cffi)


def _outcome(make: Any, text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return tables(make(text))
        except (cffi.VerificationError, TypeError, NotImplementedError) as error:
            return type(error).__name__, str(error)


@pytest.mark.parametrize("text", [*TEXTS.read_text(encoding="utf-8").split("%%\n"), *ELIDED])
def test_tables_of_each_construct(text: str) -> None:
    assert _outcome(_ours, text) == _outcome(_stock, text)


@pytest.mark.parametrize(
    "text",
    [
        "int f(struct { int a; } *);",
        "struct a; struct a f(void);",
        "struct o; struct s { struct o x; };",
        "enum { A }; enum { A };",
        "int f(int (*)(struct { int x; }));",
    ],
)
def test_refusals(text: str) -> None:
    ours = _outcome(_ours, text)
    assert isinstance(ours, tuple), ours
    assert ours == _outcome(_stock, text)


@pytest.mark.parametrize(
    "included",
    [
        "typedef struct { int a; } t; typedef struct { int b; } *p; struct s { int x; }; enum e { A, B };",
        "#define N 5\ntypedef int number; enum { HIDDEN }; typedef ... opaque; typedef ... *handle; struct s; int f(int);",
    ],
)
def test_tables_with_included_declarations(included: str) -> None:
    text = "struct mine { int y; }; int g(struct s *, struct mine); extern int z;"
    assert tables(_ours(text, included)) == tables(_stock(text, included))


@pytest.mark.parametrize("first", [0, 500, 77_000])
def test_tables_of_generated_declarations(first: int) -> None:
    compared = 0
    for seed in range(first, first + 60):
        ((text, keywords),), _ = generated.case(seed)
        if keywords:
            continue
        ours, stock = _outcome(_ours_or_refusal, text), _outcome(_stock_or_refusal, text)
        if ours != NOTHING and stock != NOTHING:
            assert ours == stock, text
            compared += 1
    assert compared > 20


NOTHING = tables("")


def _ours_or_refusal(text: str) -> str:
    try:
        return _ours(text)
    except _cffi_backend.FFI.error:
        return ""


def _stock_or_refusal(text: str) -> str:
    try:
        return _stock(text)
    except (cffi.CDefError, cffi.FFIError):
        return ""
