"""The checks of the source find what they are there to find."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ci.checks import circles as check_circles
from ci.checks import layers as check_layers
from ci.checks import paths as check_paths
from ci.checks import safety as check_safety
from ci.project import ROOT


@pytest.mark.parametrize(
    ("text", "depth", "expected"),
    [
        ("use crate::rt::Py;", 1, ["rt"]),
        ("use crate::{rt::{Py, Obj}, state::State, cdata};", 1, ["rt", "state", "cdata"]),
        ("let x = crate::ffi::make();\nlet y = 1;", 1, ["ffi"]),
        ("use super::convert::store;", 1, ["convert"]),
        ("use super::sibling;", 2, []),
        ("use super::super::{init, rt};", 2, ["init", "rt"]),
        ("// use crate::init;\n/* crate::ffi */", 1, []),
        ('let s = "crate::init::x";', 1, []),
        ("$crate::rt::slots::slot!(x)", 1, []),
    ],
)
def test_paths_to_top_modules(text: str, depth: int, expected: list[str]) -> None:
    assert [name for _, name in check_layers.modules_used(text, depth)] == expected


def test_line_numbers_survive_comments() -> None:
    text = "/* one\ntwo */\n// three\nuse crate::{\n    rt,\n    ffi::{a, b},\n};"
    assert list(check_layers.modules_used(text, 1)) == [(5, "rt"), (6, "ffi")]


@pytest.mark.parametrize(
    ("here", "used", "allowed"),
    [
        ("ctype", "state", True),
        ("state", "ctype", False),
        ("convert", "cdata", False),
        ("cdata", "convert", True),
        ("callback", "library", False),
        ("init", "exports", True),
        ("exports", "init", False),
    ],
)
def test_direction(here: str, used: str, allowed: bool) -> None:
    assert check_layers.allowed(here, used) is allowed


def test_dependencies_of_a_manifest(tmp_path: Path) -> None:
    manifest = tmp_path / "Cargo.toml"
    manifest.write_text(
        '[package]\nname = "x"\n[dependencies]\nlibc = "1"\ncffi-abi.workspace = true\n'
        '[dev-dependencies]\nserde = "1"\n[target.\'cfg(unix)\'.dependencies]\npyo3-ffi = "1"\n'
        '[dependencies.cffi-types]\npath = "y"\n',
        encoding="utf-8",
    )
    names = [name for _, name in check_layers.dependencies(manifest)]
    assert names == ["libc", "cffi-abi", "pyo3-ffi", "cffi-types"]


@pytest.mark.parametrize("place", ["home/alice", "Users/bob", "root", "work/x", "tmp/y"])
def test_private_paths_are_found(place: str) -> None:
    assert check_paths.PRIVATE.search(f"open('/{place}/file')".encode())


@pytest.mark.parametrize("text", ["{prefix}/tmp/x", "https://example.org/home/page", "a/root/b", "/usr/lib"])
def test_other_paths_are_not(text: str) -> None:
    assert not check_paths.PRIVATE.search(text.encode())


def test_circles_are_found_through_re_exports(tmp_path: Path) -> None:
    files = {
        "lib.rs": "mod a;\nmod b;\n",
        "a/mod.rs": "mod one;\npub(crate) use one::One;\n",
        "a/one.rs": "use crate::b::two::{Two, other};\nstruct One(Two);\n",
        "b/mod.rs": "pub(crate) mod two;\n",
        "b/two.rs": "fn f() -> crate::a::One { super::super::a::One }\n",
        "b/three.rs": "// use crate::a::One;\n#[cfg(test)]\nmod tests {\n    use crate::b::two::Two;\n}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = check_circles.circles(check_circles.graph(tmp_path))
    assert found == [[tmp_path / "a/one.rs", tmp_path / "b/two.rs"]]


def test_paths_of_a_use_with_braces() -> None:
    paths = list(check_circles.flatten("crate::a::{self, b::{C as D, e}, f}"))
    assert paths == [
        (["crate", "a"], "a"),
        (["crate", "a", "b", "C"], "D"),
        (["crate", "a", "b", "e"], "e"),
        (["crate", "a", "f"], "f"),
    ]


def test_comments_on_unsafe_code_that_name_no_fact() -> None:
    text = (
        "// SAFETY: as above.\nunsafe {}\n"
        "// SAFETY: the list is not empty, so it has a first item.\nunsafe {}\n"
        "    // SAFETY: a long note that\n    // goes on here.\n    unsafe {}\n"
        "// SAFETY: attached.\n// SAFETY: the token proves that the thread is attached.\n"
    )
    assert list(check_safety.short(text)) == [(1, "as above."), (8, "attached.")]


def test_every_place_of_the_index_is_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    index = text[text.index("## Where is it decided?") : text.index("## The wheel")]
    crates = re.findall(r"`(crates/[\w./-]+)`", index)
    others = re.findall(r"`(\w+/[\w]+\.rs)`", index)
    assert len(crates) >= 10
    missing = [name for name in crates if not (ROOT / name).exists()]
    folders = [ROOT / "crates/cffi-backend/src", ROOT / "crates/cffi-types/src"]
    missing += [name for name in others if not any((folder / name).exists() for folder in folders)]
    assert missing == []
