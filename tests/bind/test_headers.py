"""Reading headers from Python: declarations, values, comments, problems."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from ferrocffi.headers import HeaderError, read
from ferrocffi.native import native

TEXT = """\
/** Adds two numbers. */
int add(int left, int right);
extern double ratio;
static const int LIMIT = 10;
typedef struct point { int x, y; } point;
union number { int i; float f; };
enum colour { RED, GREEN = 5 }; /* colours */
#define VERSION 3
#define HALF 0.5
#define NAME "abc" "\\xff"
#define WIDE L"\\u20ac"
#define HUGE_ONE 0xFFFFFFFFFFFFFFFFull
#define UNKNOWN something
static inline int twice(int x) { return 2 * x; }
"""


@pytest.fixture
def header(tmp_path: Path) -> Path:
    """A header of one's own."""
    path = tmp_path / "sample.h"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_declarations(header: Path) -> None:
    found = {d.name: d for d in read(str(header)).declarations()}
    kinds = {name: d.kind for name, d in found.items()}
    assert kinds == {
        "add": "function",
        "ratio": "variable",
        "LIMIT": "constant",
        "point": "typedef",
        "number": "union",
        "colour": "enum",
        "RED": "enumerator",
        "GREEN": "enumerator",
        "VERSION": "macro",
        "HALF": "macro",
        "NAME": "macro",
        "WIDE": "macro",
        "HUGE_ONE": "macro",
        "UNKNOWN": "macro",
        "twice": "function",
    }
    add = found["add"]
    assert (add.type, add.doc) == ("int add(int left, int right)", "Adds two numbers.")
    assert (add.file, add.line, add.problem, add.flags) == (str(header), 2, None, ())
    values = {name: d.value for name, d in found.items() if d.value is not None}
    assert values == {
        "LIMIT": 10,
        "RED": 0,
        "GREEN": 5,
        "VERSION": 3,
        "HALF": 0.5,
        "NAME": b"abc\xff",
        "WIDE": "\u20ac",
        "HUGE_ONE": 2**64 - 1,
    }
    assert found["VERSION"].type == "int"
    assert found["HUGE_ONE"].type == "unsigned long long"
    assert "something" in (found["UNKNOWN"].problem or "")
    assert set(found["twice"].flags) == {"static", "inline", "defined"}


def test_patterns_choose(header: Path) -> None:
    read_one = read(str(header))
    assert [d.name for d in read_one.declarations(["*E*"])] == [
        "RED",
        "GREEN",
        "VERSION",
        "NAME",
        "WIDE",
        "HUGE_ONE",
    ]
    assert [d.name for d in read_one.declarations(["[pr]*", "add"])] == ["add", "ratio", "point", "point"]
    assert [d.name for d in read_one.declarations(["sample.h"])] == [d.name for d in read_one.declarations()]
    assert read_one.declarations(["other.h"]) == []


def test_options(tmp_path: Path) -> None:
    folder, other = tmp_path / "include", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (other / "first.h").write_text("typedef short base;\n")
    (folder / "second.h").write_text(
        "base f(void);\n#ifdef ON\nint on;\n#endif\n#if LEVEL > 2\nint high;\n#endif\n"
        "#if __STDC_VERSION__ == 199901L\nint old;\n#endif\nenum { POINTER = sizeof(void *) };\n"
    )
    options = {"include_dirs": [folder, other], "before": ["first.h"]}
    names = [d.name for d in read("second.h", **options).declarations()]
    assert names == ["f", "POINTER", ""]
    found = read("second.h", **options, defines={"ON": None, "LEVEL": 3}, std="c99", target="i686-linux-gnu")
    assert [d.name for d in found.declarations()] == ["f", "on", "high", "old", "POINTER", ""]
    assert found.declarations(["POINTER"])[0].value == 4


def test_the_folder_of_a_header_is_its_own(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    (mine / "parts").mkdir(parents=True)
    other.mkdir()
    (other / "other.h").write_text("int other(void);\n")
    (mine / "parts" / "part.h").write_text("int part(void);\n")
    (mine / "main.h").write_text("#include <other.h>\n#include <mine/parts/part.h>\nint main_one(void);\n")
    found = read("mine/main.h", include_dirs=[tmp_path, other])
    assert [d.name for d in found.declarations()] == ["part", "main_one"]
    assert found.files(own=True) == [str(mine / "main.h"), str(mine / "parts" / "part.h")]
    assert [d.name for d in found.declarations(["*"])] == ["other", "part", "main_one"]


def test_problems_have_a_place(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner.h", tmp_path / "outer.h"
    inner.write_text("int good;\nint bad bad;\nint better;\n")
    outer.write_text('#include "inner.h"\n')
    found = read(str(outer))
    assert [d.name for d in found.declarations()] == ["good", "bad", "better"]
    (problem,) = found.problems()
    assert (problem.severity, problem.file, problem.line, problem.column) == ("error", str(inner), 2, 9)
    lines = str(problem).splitlines()
    assert lines[0].startswith(f"{inner}:2:9: error: ")
    assert lines[1:3] == [" 2 | int bad bad;", "   |         ^"]
    assert f"included from {outer}:1" in str(problem)
    with pytest.raises(HeaderError, match=r"inner\.h:2:9") as caught:
        read(str(outer), strict=True)
    assert caught.value.problems == (problem,)


def test_a_header_that_is_missing() -> None:
    with pytest.raises(HeaderError, match=r"'no/such/header\.h' is not found"):
        read("no/such/header.h")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"std": "c1066"}, "unknown standard"),
        ({"target": "pdp11-unix"}, "unknown target"),
    ],
)
def test_wrong_options(header: Path, arguments: dict[str, str], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        read(str(header), **arguments)


@pytest.mark.parametrize("name", ["", 'a"b', "a\nb", "a>b"])
def test_names_that_are_no_headers(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        read(name)
    with pytest.raises(ValueError, match="null"):
        read("a\0b")


def test_wrong_objects() -> None:
    for function in (native.problems, native.files):
        with pytest.raises(TypeError):
            function(object())
    with pytest.raises(TypeError):
        native.declarations(None, [])
    with pytest.raises(TypeError):
        native.read_header(["a.h"], 1, [], {}, None)
    with pytest.raises(TypeError):
        native.read_header("a.h", 1, [], [], None, None)


def test_other_threads_run_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "large.h"
    path.write_text("".join(f"int function_{n}(int a, char *b, struct s{n} *c);\n" for n in range(30_000)))
    started, ended = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        read(str(path))
        ended.set()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        started.wait()
        # This thread can only be here, before the other one's end, if that one gave up the GIL.
        running = not ended.is_set()
    finally:
        sys.setswitchinterval(before)
        thread.join()
    assert running


def test_many_threads(header: Path) -> None:
    results: list[int] = []

    def work() -> None:
        for _ in range(20):
            results.append(len(read(str(header)).declarations()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(results) == {16}
    assert len(results) == 80
