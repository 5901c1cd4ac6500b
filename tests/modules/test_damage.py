"""Compiled modules whose tables are damaged give exceptions, never a signal."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

import pytest

from ci.project import ROOT
from tests.modules.building import HERE, compiled, in_process

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or sys.byteorder != "little" or platform.architecture()[0] != "64bit",
    reason="the files that are damaged are 64-bit little-endian ELF",
)

TYPES = """
    typedef struct point { int x, y; } point_t;
    typedef struct { short a : 3, b : 5; unsigned c : 1; } bits_t;
    typedef struct node { struct node *next; point_t where; double weights[4]; } node_t;
    union number { signed char small; double large; unsigned char raw[8]; };
    struct opaque;
    struct outer { union { int i; float f; }; struct { char c; } inner[2]; node_t *n; int (*call)(point_t *); };
    enum color { RED, GREEN = 5, BLUE = -3 };
    typedef enum { ON, OFF } state_t;
    typedef int (*compare_t)(const void *, const void *);
    typedef double matrix_t[3][3];
    typedef struct opaque *handle_t;
"""
CDEF = (
    TYPES
    + """
    struct loose { int first; double second; char name[...]; ...; };
    typedef int... number_t;
    #define ANSWER 42
    #define BIG 0xFFFFFFFFFFFFFFFF
    static const int NEGATIVE;
    static char *const TEXT;
    extern int counter;
    extern struct opaque *nowhere;
    extern double grid[3][4];
    extern point_t corner;
    int abs_of(int);
    int none(void);
    double several(int, double, point_t, node_t *, enum color, struct opaque *);
    int any_number_of(const char *, ...);
    compare_t chosen(struct loose *);
    extern "Python" int on_event(int);
"""
)
SOURCE = (
    TYPES
    + """
    struct loose { char hidden; int first; char name[12]; double second; };
    typedef short number_t;
    #define ANSWER 42
    #define BIG 0xFFFFFFFFFFFFFFFF
    static const int NEGATIVE = -7;
    static char *const TEXT = "text";
    int counter = 3;
    struct opaque *nowhere;
    double grid[3][4];
    point_t corner = {1, 2};
    static int abs_of(int n) { return n < 0 ? -n : n; }
    static int none(void) { return 0; }
    static double several(int a, double b, point_t c, node_t *d, enum color e, struct opaque *f) { return a + b; }
    static int any_number_of(const char *s, ...) { return s != NULL; }
    static compare_t chosen(struct loose *p) { return NULL; }
"""
)

COPIES = 150


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sound module's file."""
    folder = tmp_path_factory.mktemp("damage")
    return compiled(folder, "_damaged", CDEF, SOURCE)


def outcomes(module: Path, seed: int, count: int) -> dict[str, int]:
    """Returns what the copies gave, from a process in which freed memory is watched."""
    found: dict[str, int] = json.loads(
        in_process("-X", "dev", HERE / "damage.py", module, str(seed), str(count), folder=ROOT, seconds=300)
    )
    return found


def test_the_sound_module_passes(module: Path) -> None:
    found = outcomes(module, 0, 0)
    assert found["imported"] == 1
    # Opaque structs have no size; functions and variables are no integer constants.
    assert set(found) <= {
        "imported",
        "worked",
        "FFIError",
        "error",
        "ValueError",
        "AttributeError",
        "TypeError",
    }
    assert found["worked"] > 100


@pytest.mark.parametrize("seed", range(10))
def test_damaged_tables_give_exceptions(module: Path, seed: int) -> None:
    found = outcomes(module, seed, COPIES)
    assert found["imported"] > COPIES // 3, "damage that is always refused at once tests little"
    assert found.get("import: ImportError", 0) + found.get("error", 0) > 0
