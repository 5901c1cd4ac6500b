"""A tour of libc through dlopen: callbacks, structs, variadic functions, errno."""

from __future__ import annotations

import errno
import os
import sys
import time
from typing import Any

import cffi
from _support import LibraryMissing, check, run, to_text

ffi = cffi.FFI()
ffi.cdef(
    """
    typedef int (*comparison)(const void *, const void *);
    void qsort(void *base, size_t count, size_t size, comparison);
    void *bsearch(const void *key, const void *base, size_t count, size_t size,
                  comparison);

    typedef struct { int quot; int rem; } div_t;
    div_t div(int, int);

    int snprintf(char *, size_t, const char *format, ...);
    int open(const char *path, int flags, ...);
    char *strerror(int);

    struct tm {
        int tm_sec;
        int tm_min;
        int tm_hour;
        int tm_mday;
        int tm_mon;
        int tm_year;
        int tm_wday;
        int tm_yday;
        int tm_isdst;
        long tm_gmtoff;
        const char *tm_zone;
    };
    size_t strftime(char *, size_t, const char *format, const struct tm *);
    """
)
# The two layouts of struct passwd that matter: BSD's has three members more.
ffi.cdef(
    """
    struct passwd {
        char *pw_name;
        char *pw_passwd;
        unsigned int pw_uid;
        unsigned int pw_gid;
        char *pw_gecos;
        char *pw_dir;
        char *pw_shell;
    };
    """
    if sys.platform != "darwin"
    else """
    struct passwd {
        char *pw_name;
        char *pw_passwd;
        unsigned int pw_uid;
        unsigned int pw_gid;
        long pw_change;
        char *pw_class;
        char *pw_gecos;
        char *pw_dir;
        char *pw_shell;
        long pw_expire;
    };
    """
)
ffi.cdef("struct passwd *getpwuid(unsigned int);")


@ffi.callback("int(const void *, const void *)")
def compare_ints(left: Any, right: Any) -> int:
    """Order of two C ints behind void pointers, as qsort asks for it."""
    a = ffi.cast("const int *", left)[0]
    b = ffi.cast("const int *", right)[0]
    return (a > b) - (a < b)


def sort_and_search(lib: Any) -> None:
    """qsort and bsearch, both calling back into Python."""
    values = [(i * 7919) % 1009 - 500 for i in range(200)]
    array = ffi.new("int[]", values)
    size = ffi.sizeof("int")
    lib.qsort(array, len(array), size, compare_ints)
    check("order of qsort", list(array), sorted(values))

    key = ffi.new("int *", values[17])
    found = ffi.cast("int *", lib.bsearch(key, array, len(array), size, compare_ints))
    check("index found by bsearch", found - array, sorted(values).index(values[17]))
    key[0] = 100000
    nothing = lib.bsearch(key, array, len(array), size, compare_ints)
    check("bsearch of an absent key", nothing, ffi.NULL)
    print(f"qsort ordered {len(array)} ints, bsearch found {values[17]} at {found - array}")


def look_up_user(lib: Any) -> None:
    """getpwuid returns a pointer into libc's own memory."""
    entry = lib.getpwuid(os.getuid())
    if entry == ffi.NULL:
        print(f"user {os.getuid()} is not in the user database")
        return
    name = os.fsdecode(ffi.string(entry.pw_name))
    check("user id", entry.pw_uid, os.getuid())
    check("home folder", os.fsdecode(ffi.string(entry.pw_dir))[:1], "/")
    print(f"getpwuid({os.getuid()}) is {name!r}")


def format_time(lib: Any) -> None:
    """strftime reads a struct tm that is filled here."""
    moment = time.struct_time((2024, 2, 29, 13, 5, 59, 3, 60, 0))
    tm = ffi.new(
        "struct tm *",
        {
            "tm_year": moment.tm_year - 1900,
            "tm_mon": moment.tm_mon - 1,
            "tm_mday": moment.tm_mday,
            "tm_hour": moment.tm_hour,
            "tm_min": moment.tm_min,
            "tm_sec": moment.tm_sec,
            "tm_wday": 4,
            "tm_yday": moment.tm_yday - 1,
        },
    )
    pattern = "%Y-%m-%d %H:%M:%S, day %j, weekday %u"
    out = ffi.new("char[]", 64)
    length = lib.strftime(out, len(out), pattern.encode(), tm)
    text = to_text(ffi, out)
    check("strftime", text, time.strftime(pattern, moment))
    check("length from strftime", length, len(text))
    print(f"strftime wrote {text!r}")


def print_formatted(lib: Any) -> None:
    """snprintf is variadic: what follows the format is given as cdata."""
    out = ffi.new("char[]", 80)
    length = lib.snprintf(
        out,
        len(out),
        b"%d %5.2f %s %c %lld %zu",
        ffi.cast("int", -42),
        ffi.cast("double", 3.14159),
        ffi.new("char[]", b"text"),
        ffi.cast("int", ord("!")),
        ffi.cast("long long", -(2**40)),
        ffi.cast("size_t", 7),
    )
    expected = b"-42  3.14 text ! -1099511627776 7"
    check("snprintf", ffi.string(out), expected)
    check("length from snprintf", length, len(expected))
    small = ffi.new("char[5]")
    wanted = lib.snprintf(small, len(small), b"%s", out)
    check("length that snprintf wanted", wanted, len(expected))
    check("what fits into 5 bytes", ffi.string(small), expected[:4])
    print(f"snprintf wrote {expected.decode()!r}")


def fail_to_open(lib: Any) -> None:
    """errno is kept for this thread until it is asked for."""
    ffi.errno = 0
    result = lib.open(b"/no/such/folder/at/all", os.O_RDONLY)
    check("open of a missing file", result, -1)
    # Python makes system calls of its own in between; the saved errno stays.
    os.path.exists("/proc")
    check("errno", ffi.errno, errno.ENOENT)
    message = to_text(ffi, lib.strerror(ffi.errno))
    check("strerror", message, os.strerror(errno.ENOENT))
    print(f"open failed as it should, errno {ffi.errno}: {message}")


def divide(lib: Any) -> None:
    """div returns a struct by value."""
    result = lib.div(-17, 5)
    check("div(-17, 5)", (result.quot, result.rem), (-3, -2))
    print(f"div(-17, 5) is a struct with quot {result.quot} and rem {result.rem}")


def main() -> None:
    try:
        lib = ffi.dlopen(None)
    except OSError as problem:
        raise LibraryMissing(f"the C library cannot be opened: {problem}") from problem
    sort_and_search(lib)
    divide(lib)
    look_up_user(lib)
    format_time(lib)
    print_formatted(lib)
    fail_to_open(lib)


if __name__ == "__main__":
    run(main)
