"""Runs the programs of ``programs.txt``, each in a process of its own: ``python execute.py KIND FOLDER`` prints JSON.

KIND says how the library of ``library.c`` is reached: ``compiled`` and ``verify`` compile a module, ``in-line`` and
``tables`` open it. FOLDER has what :func:`build` has made.
"""

from __future__ import annotations

import gc
import importlib
import json
import linecache
import os
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.checked.families import of_types
from tests.checked.libc import MEMORY

HERE = Path(__file__).resolve().parent
KINDS = ("compiled", "in-line", "tables", "verify")

TYPES = (HERE / "types.h").read_text(encoding="utf-8")
COMPILE = ["-w", "-O0", f"-I{HERE}"]

CDEF = f"""
{TYPES}
{MEMORY}
    extern int numbers[4];
    extern const int limit;
    extern const char *title;
    extern struct pt origin;
    extern int (*hook)(int);
    extern char *shared_text;
    void fill(char *, int, int);
    void copy(char *, const char *, int);
    int load(int *, int);
    void store(int *, int, int);
    void store_short(short *, int, int);
    void store_double(double *, int, double);
    void move_points(struct pt *, int);
    int through(int (*)(int), int);
    void set_function(int (*)(int));
    int call_function(int);
    void keep(void *);
    void keep_text(const char *);
    void keep_numbers(int *);
    void keep_wide(const wchar_t *);
    void *kept(void);
    void write_kept(int, int);
    const char *constant(void);
    char *changeable(void);
    struct pt make_point(int, int);
    struct big make_big(long);
    int add_point(struct pt);
    long sum_big(struct big);
    int fill_vec(struct vec *, int);
    int fill_vecs(struct vec *, int);
    int put(char *, const char *, ...);
    void *allocate(size_t);
    void deallocate(void *);
    int compare_ints(const void *, const void *);
    void sort(void *, size_t, size_t, int (*)(const void *, const void *));
    int ask_and_store(int *, int (*)(int));
    void fill_wide(wchar_t *, int);
    int divide(int, int);
    int deep(int **);
    void append(struct flex *, int);
    int (*no_function(void))(int);
    void out_char(char *, int, char);
    void out_schar(signed char *, int, signed char);
    void out_uchar(unsigned char *, int, unsigned char);
    void out_short(short *, int, short);
    void out_ushort(unsigned short *, int, unsigned short);
    void out_int(int *, int, int);
    void out_uint(unsigned *, int, unsigned);
    void out_long(long *, int, long);
    void out_ulong(unsigned long *, int, unsigned long);
    void out_llong(long long *, int, long long);
    void out_size(size_t *, int, size_t);
    void out_float(float *, int, float);
    void out_double(double *, int, double);
    void out_ldouble(long double *, int, long double);
    void out_bool(_Bool *, int, _Bool);
    void out_wchar(wchar_t *, int, wchar_t);
    void out_pointer(void **, int, void *);
    void out_point(struct pt *, int, struct pt);
    void out_color(enum color *, int, enum color);
    void out_text(const char **, int, const char *);
    void out_both(int *, double *, int);
    void out_grid(struct grid *, int, int);
    void out_row(int (*)[4], int);
    void out_bits(struct bits *, int);
    void out_union(union any *, int);
    void out_node(struct node *, int);
    int apply(struct ops *, int);
    int apply_data(struct ops *, int);
    int each(int *, int, int (*)(int *));
    void with_memory(int, void (*)(char *));
    void give(int (*)(struct pt *));
    void from_end(char *, int);
    int length_of(struct packet *);
    void grow(struct packet *);
    void swap(int *, int *);
    void zero(void *, size_t);
    void link_after(struct node *, struct node *);
    void set_last(struct node *);
    const int *table(void);
    int *stack_of(void);
    struct pt *points(int);
    void drop_points(struct pt *);
    int total(int, ...);
    void put_int(int, ...);
    int sum_union(union any);
    double sum_grid(struct grid);
    int snprintf(char *, size_t, const char *, ...);
    size_t strlen(const char *);
    void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
"""


@dataclass(frozen=True)
class Program:
    """A wrong program and its right form."""

    name: str
    says: str
    """What the error says: parts with ``&`` between them."""
    wrong: str
    right: str

    def runs_with(self, kind: str) -> bool:
        """Returns whether the program means something for a kind of library."""
        return kind != "verify" or "addressof(lib" not in self.wrong + self.right

    def line(self, mark: str) -> int | None:
        """Returns the line of the wrong program that has the mark."""
        for number, line in enumerate(self.wrong.splitlines(), 1):
            if mark in line.partition("  # ")[2].split():
                return number
        return None


def programs() -> dict[str, Program]:
    """Reads ``programs.txt`` and the files like it, and makes those of each type."""
    found: dict[str, Program] = {}
    texts = [path.read_text(encoding="utf-8") for path in sorted(HERE.glob("programs*.txt"))]
    for part in "\n".join([*texts, *of_types()]).split("\n== "):
        head, _, rest = part.removeprefix("== ").partition("\n")
        name, _, says = head.partition(" :")
        wrong, _, right = rest.partition("-- right\n")
        assert right and name not in found, name
        found[name] = Program(name, says.strip(), wrong, right)
    return found


def build(folder: Path) -> None:
    """Compiles the library and the modules."""
    source = HERE / "library.c"
    command = ["cc", *COMPILE, "-shared", "-fPIC", "-o", str(folder / "library.so"), str(source)]
    subprocess.run(command, check=True)
    program = f"""
import cffi
ffi = cffi.FFI()
ffi.cdef({CDEF!r})
ffi.set_source("_checked_compiled", {source.read_text()!r}, extra_compile_args={COMPILE!r})
ffi.compile({str(folder)!r})
ffi = cffi.FFI()
ffi.cdef({CDEF!r})
ffi.set_source("_checked_tables", None)
ffi.compile({str(folder)!r})
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def reach(kind: str, folder: Path) -> tuple[Any, Any]:
    """Returns an ``ffi`` and a ``lib``."""
    sys.path.insert(0, str(folder))
    if kind == "compiled":
        module = importlib.import_module("_checked_compiled")
        return module.ffi, module.lib
    if kind == "tables":
        module = importlib.import_module("_checked_tables")
        return module.ffi, module.ffi.dlopen(str(folder / "library.so"))
    import cffi

    ffi = cffi.FFI()
    ffi.cdef(CDEF)
    if kind == "in-line":
        return ffi, ffi.dlopen(str(folder / "library.so"))
    source = (HERE / "library.c").read_text()
    return ffi, ffi.verify(source, tmpdir=str(folder / "verify"), extra_compile_args=COMPILE)


def run(name: str, code: str, ffi: Any, lib: Any) -> dict[str, Any]:
    """Runs one program and returns what came of it."""
    file = f"/programs/{name}.py"
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    ignored: list[str] = []

    def told(error: BaseException) -> str:
        return "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])])

    sys.unraisablehook = lambda unraisable: ignored.append(told(unraisable.exc_value))
    result: dict[str, Any] = {"file": file, "ignored": ignored}
    scope = {"ffi": ffi, "lib": lib}
    try:
        exec(compile(code, file, "exec"), scope)
    except Exception as error:
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file
        ]
        result |= {"text": told(error), "line": lines[-1] if lines else None}
        # The error was raised elsewhere and brought here.
        result["brought"] = lines[0] if lines else None
    return result


def forked(name: str, code: str, ffi: Any, lib: Any) -> dict[str, Any]:
    """Runs one program in a child."""
    reader, writer = os.pipe()
    errors_reader, errors_writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        os.dup2(errors_writer, 2)
        signal.alarm(60)
        text = json.dumps(run(name, code, ffi, lib)).encode()
        with open(writer, "wb") as pipe:
            pipe.write(text)
        os._exit(0)
    os.close(writer)
    os.close(errors_writer)
    with open(reader, "rb") as pipe:
        text = pipe.read()
    with open(errors_reader, "rb") as pipe:
        printed = pipe.read().decode(errors="replace")
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status or not text:
        return {"crash": status, "printed": printed}
    return {**json.loads(text), "printed": printed}


def main() -> None:
    """Runs all programs of one form, or those that are named."""
    kind, folder, form, *names = sys.argv[1:]
    ffi, lib = reach(kind, Path(folder))
    if "COLLECT" in os.environ:  # as often as can be: whatever the collector may find, it finds
        gc.set_threshold(1)
    results = {}
    for name, program in programs().items():
        if program.runs_with(kind) and (not names or name in names):
            results[name] = forked(name, program.wrong if form == "wrong" else program.right, ffi, lib)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
