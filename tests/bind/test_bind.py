"""Modules made by ``ferrocffi bind``: what is in them, on this backend and on the stock one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ferrocffi import binding
from ferrocffi.binding import Refused, Wish, make, write

from tests.bind.making import bound, loaded, printed, reasons
from tests.modules.building import compiler

LIBC = (
    "ucrtbase.dll" if sys.platform == "win32" else "libc.dylib" if sys.platform == "darwin" else "libc.so.6"
)

TEXT = """\
typedef unsigned long size_t;
/** Counts the characters of a text. */
size_t strlen(const char *text);
int abs(int);
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *));
long strtol(const char *text, char **end, int base);
struct pair { int first; double second; };
enum mood { GOOD = 1, BAD = -1 };
#define ANSWER 42
#define MASK 0xFFFFFFFFFFFFFFFFu
#define PI 3.25
#define GREETING "h\\0i"
#define NOWHERE ((char *)-1)
#define None 1
#define import 2.5
static inline int twice(int x) { return 2 * x; }
"""


def test_calls_types_and_constants(tmp_path: Path) -> None:
    module, made = bound(tmp_path, TEXT, libraries=[LIBC])
    ffi, lib = module.ffi, module.lib
    assert lib.strlen(b"four") == 4
    assert (lib.ANSWER, lib.MASK, lib.GOOD, lib.BAD) == (42, 2**64 - 1, 1, -1)
    assert (module.PI, module.GREETING) == (3.25, b"h\0i")
    assert int(ffi.cast("intptr_t", module.NOWHERE)) == -1
    assert ffi.typeof(module.NOWHERE) is ffi.typeof("char *")
    assert getattr(lib, "None") == 1
    assert getattr(module, "import") == 2.5
    pair = ffi.new("struct pair *", [1, 2.5])
    assert (pair.first, pair.second) == (1, 2.5)
    assert ffi.string(ffi.cast("enum mood", -1)) == "BAD"
    items = ffi.new("int[]", [3, 1, 2])
    compare = ffi.callback(
        "int(*)(const void *, const void *)", lambda a, b: ffi.cast("int *", a)[0] - ffi.cast("int *", b)[0]
    )
    lib.qsort(items, 3, ffi.sizeof("int"), compare)
    assert list(items) == [1, 2, 3]
    assert "static" in reasons(made)["twice"]
    assert module.lib is lib
    assert {"ffi", "lib", "PI", "NOWHERE"} <= set(dir(module))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        module.nothing  # noqa: B018


def test_the_library_is_opened_when_it_is_needed(tmp_path: Path) -> None:
    module, _ = bound(tmp_path, TEXT, libraries=["libno_such_library.so.1"])
    assert module.ffi.sizeof("struct pair") == 16
    assert module.PI == 3.25
    with pytest.raises(OSError, match="libno_such_library"):
        module.lib  # noqa: B018
    module, _ = bound(tmp_path, TEXT)
    with pytest.raises(OSError, match="without the name of a library"):
        module.lib  # noqa: B018
    module, _ = bound(tmp_path, TEXT, libraries=["libno_such_library.so.1", LIBC])
    assert module.lib.abs(-3) == 3


def test_comments_are_kept(tmp_path: Path) -> None:
    module, _ = bound(tmp_path, TEXT)
    assert module.__docs__ == {
        "strlen": "size_t strlen(const char *text)\n\nCounts the characters of a text.",
    }


def test_further_names(tmp_path: Path) -> None:
    rules = ["str(.*)=\\1", "abs=absolute", "PI=pi", "NOWHERE=nowhere"]
    module, _ = bound(tmp_path, TEXT, libraries=[LIBC], renames=rules)
    assert module.len(b"abc") == 3
    assert module.absolute(-1) == 1
    assert module.pi == 3.25
    assert module.nowhere == module.NOWHERE
    assert module.lib.strlen(b"abc") == 3
    for rule in ["strlen=abs", "str(=x", "str(.*)=\\2", "strlen=a b", "strlen"]:
        with pytest.raises(Refused, match="--rename"):
            bound(tmp_path, TEXT, renames=[rule])


def test_labels(tmp_path: Path) -> None:
    module, _ = bound(tmp_path, 'int magnitude(int) __asm__("abs");', libraries=[LIBC])
    assert module.lib.abs(-2) == 2
    assert module.magnitude(-2) == 2


def test_only_and_what_it_needs(tmp_path: Path) -> None:
    text = "typedef int number; typedef struct { number n; } needed; int f(needed *); int g(void); enum { A, B };"
    module, made = bound(tmp_path, text, only=["f", "B"])
    assert made.names == ["A", "B", "f"]
    assert module.ffi.list_types() == (["needed", "number"], [], [])
    assert module.ffi.sizeof("needed") == 4


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    header = tmp_path / "h.h"
    header.write_text(TEXT)
    texts = set()
    for seed in ("0", "1", "2"):
        target = tmp_path / f"{seed}" / "m.py"
        command = [sys.executable, "-m", "ferrocffi", "bind", str(header), "-o", str(target)]
        subprocess.run(command, check=True, env={"PYTHONHASHSEED": seed}, capture_output=True)
        texts.add(target.read_bytes())
    assert len(texts) == 1


def test_edited_files_are_kept(tmp_path: Path) -> None:
    header, target = tmp_path / "h.h", tmp_path / "m.py"
    header.write_text("int f(void);\n")
    wish = Wish([str(header)], output=str(target))
    made = make(wish)
    write(made)
    assert made.changed
    stamp = target.stat().st_mtime_ns
    again = make(wish)
    write(again)
    assert not again.changed
    assert target.stat().st_mtime_ns == stamp
    header.write_text("int f(void); int g(void);\n")
    write(make(wish))
    assert "23g'" in target.read_text()
    target.write_text(target.read_text() + "# mine\n")
    with pytest.raises(Refused, match="edited"):
        write(make(wish))
    assert target.read_text().endswith("# mine\n")
    write(make(wish), force=True)
    assert binding.untouched(target.read_text())
    target.write_bytes(b"\xff\xfe")
    with pytest.raises(Refused, match="edited"):
        write(make(wish))
    assert [path.name for path in tmp_path.iterdir()] == ["h.h", "m.py"] or len(list(tmp_path.iterdir())) == 2


def test_loads_on_the_stock_backend(tmp_path: Path) -> None:
    _, made = bound(tmp_path, TEXT, libraries=[LIBC])
    program = f"""
import {made.path.stem} as m
import _cffi_backend
print("ferrocffi" in (_cffi_backend.__doc__ or ""))
print(m.lib.strlen(b"four"), m.lib.MASK, m.PI, m.ffi.sizeof("struct pair"), m.NOWHERE, m.__docs__)
print(m.ffi.list_types(), dir(m.lib))
"""
    ours = printed(program, path=tmp_path).splitlines()
    stock = printed(program, backend="stock", path=tmp_path).splitlines()
    assert (ours[0], stock[0]) == ("True", "False")
    assert ours[1:] == stock[1:]


def test_types_that_contain_functions_that_take_them(tmp_path: Path) -> None:
    """The stock backend dies of modules in which such functions have one entry."""
    text = """
struct a; struct b;
typedef void (*callback)(struct a *, struct b *);
struct a { callback first; struct b *other; void (*second)(struct a *, callback); };
struct b { callback third; struct a *self; int (*fourth)(struct b *, struct a *); };
void go(callback);
"""
    _, made = bound(tmp_path, text)
    for start in ("callback", "struct a", "struct b", "struct a *", "struct b[3]"):
        program = f"""
import {made.path.stem} as m
m.ffi.typeof({start!r})
for name in ("callback", "struct a", "struct b"):
    fields = m.ffi.typeof(name).fields if name != "callback" else ()
    print(m.ffi.typeof(name), m.ffi.sizeof(name), [(key, field.type, field.offset) for key, field in fields])
print(m.ffi.typeof("callback") is m.ffi.typeof("struct a").fields[0][1].type)
"""
        ours = printed(program, path=tmp_path)
        assert ours == printed(program, backend="stock", path=tmp_path)
        assert ours.endswith("True\n")


def test_the_command_line(tmp_path: Path) -> None:
    header = tmp_path / "h.h"
    header.write_text(TEXT + "__thread int local; int odd(__int128);\n#define F x\n")
    target = tmp_path / "m.py"
    without = "import sys; sys.modules['click'] = None; from ferrocffi.__main__ import main; sys.exit(main())"
    arguments = ["bind", str(header), "--library", LIBC, "-o", str(target)]
    for start in (["-m", "ferrocffi"], ["-c", without]):
        target.unlink(missing_ok=True)
        command = [sys.executable, *start, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert f"{target}: written" in done.stdout
        assert "function odd: cffi does not know the type __int128 (" in done.stdout
        assert "1 macro is not a constant" in done.stdout
        again = subprocess.run([*command, "--verbose"], capture_output=True, text=True, check=True)
        assert f"{target}: unchanged" in again.stdout
        assert "  macro F: " in again.stdout
        report = json.loads(
            subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout
        )
        assert report["changed"] is False
        assert "strlen" in report["names"]
        assert {"name": "local", "kind": "variable"}.items() <= report["left_out"][-1].items() or any(
            left["name"] == "local" for left in report["left_out"]
        )
        bad = subprocess.run([*command[:-1], str(header)], capture_output=True, text=True, check=False)
        assert bad.returncode == 2
        assert "was edited" in bad.stderr
        assert header.read_text().startswith("typedef")
    assert loaded(target).lib.abs(-4) == 4
    assert "#   odd (function, h.h:" in target.read_text()


def test_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "sample.h").write_text("#ifdef ON\nint abs(int);\n#endif\n")
    script = tmp_path / "pkg"
    script.write_text(
        f"#!/bin/sh\n[ $3 = sample ] || {{ echo 'no package' >&2; exit 1; }}\necho '-I{tmp_path}/include -DON -lc -lm'\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PKG_CONFIG", str(script))
    if sys.platform == "win32":
        pytest.skip("the script needs a shell")
    made = make(Wish(["sample.h"], output=str(tmp_path / "m.py"), packages=["sample"]))
    write(made)
    assert made.names == ["abs"]
    assert loaded(made.path).lib.abs(-1) == 1
    with pytest.raises(Exception, match="no package"):
        make(Wish(["sample.h"], packages=["other"]))
    monkeypatch.setenv("PKG_CONFIG", str(tmp_path / "missing"))
    with pytest.raises(Exception, match="is not installed"):
        make(Wish(["sample.h"], packages=["sample"]))


CHECKED = """\
typedef unsigned long size_t;
size_t strlen(const char *text);
int abs(int number);
typedef int unary(int);
unary labs_like;
struct pair { int first; double second; };
struct tight { char c; int i; } __attribute__((packed));
typedef struct pair aligned_pair __attribute__((aligned(16)));
#define ANSWER 42
enum mood { GOOD = 1, BAD = -1 };
"""


def test_the_compiler_confirms(tmp_path: Path) -> None:
    compiler()
    header, target = tmp_path / "h.h", tmp_path / "m.py"
    header.write_text(CHECKED)
    write(make(Wish([str(header)], output=str(target), libraries=[LIBC])))
    command = [sys.executable, "-m", "ferrocffi", "check", str(target), "--cc", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = json.loads(done.stdout)
    assert report["wrong"] == []
    assert report["facts"] > 15
    assert report["missing"] == ["labs_like"]
    assert not report["outdated"] and not report["edited"]
    plainly = subprocess.run(command[:-1], capture_output=True, text=True, check=True).stdout
    assert "is what the headers give" in plainly
    # A module that says something else than the header is found out.
    text = target.read_text().replace("ANSWER',42", "ANSWER',43").replace("BAD',-1", "BAD',-2")
    target.write_text(text)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (report,) = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["wrong"] == [
        "ANSWER: value is 43 in the program, and 42 in the headers",
        "BAD: value is -2 in the program, and -1 in the headers",
    ]
    assert report["outdated"] and report["edited"]
    header.write_text(CHECKED.replace("double second", "float second").replace("int abs(int", "long abs(int"))
    target.unlink()
    header.write_text(CHECKED)
    write(make(Wish([str(header)], output=str(target))))
    header.write_text(CHECKED.replace("double second", "float second"))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (report,) = json.loads(done.stdout)
    assert report["outdated"] and not report["edited"]
    assert any("struct pair" in fact for fact in report["wrong"])
    without = "import sys; sys.modules['click'] = None; from ferrocffi.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", without, *command[3:]], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)[0] == report
    header.unlink()
    done = subprocess.run(command[:-1], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is not found" in done.stderr


ALIASES = """
int abs(int);
#define magnitude abs
#define _join(a, b) a ## b
#define joined _join(ab, s)
#define not_a_function 5 +
#define also_a_type int
typedef struct { int x; } taken;
#define taken abs
#define chain magnitude
"""


def _bind(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ferrocffi", "bind", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_macros_that_name_functions_are_functions_of_the_module(tmp_path: Path) -> None:
    (tmp_path / "names.h").write_text(ALIASES, encoding="utf-8")
    done = _bind(tmp_path, "./names.h", "--library", LIBC, "-o", "names.py")
    assert done.returncode == 0, done.stderr
    program = (
        "import names; print([getattr(names, n)(-3) for n in ('magnitude', 'joined', 'chain', 'taken')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert shown.stdout == "[3, 3, 3, 3]\n", shown.stderr
    text = (tmp_path / "names.py").read_text(encoding="utf-8")
    assert "#   magnitude (macro" not in text and "#   not_a_function (macro" in text
    stub = (tmp_path / "names.pyi").read_text(encoding="utf-8")
    assert "\nmagnitude = lib.abs\n" in stub and "\ntaken = lib" not in stub


def test_hints_of_bind(tmp_path: Path) -> None:
    (tmp_path / "needy.h").write_text(
        "#ifndef WIDTH\n#error WIDTH must be defined\n#endif\nint abs(int);\n", encoding="utf-8"
    )
    done = _bind(tmp_path, "./needy.h", "-o", "needy.py")
    assert "hint: #error says what the header needs: --define" in done.stderr
    assert "hint: lib needs the name of a library" in done.stderr
    done = _bind(tmp_path, "./needy.h", "-D", "WIDTH=8", "-l", "no_library_has_this_name")
    assert "#error" not in done.stderr
    if sys.platform.startswith("linux"):
        assert "there is no library libno_library_has_this_name.so here" in done.stderr
    done = _bind(tmp_path, "./needy.h", "-D", "WIDTH=8", "-l", LIBC, "-o", "good.py")
    assert done.stderr == ""
