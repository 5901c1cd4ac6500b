"""SQLite calls a Python class: an aggregate that computes the median.

    $ ferrocffi bind sqlite3.h --library sqlite3 -o sqlite_binding.py

Debian: libsqlite3-dev
"""

from __future__ import annotations

import statistics
from typing import Any

from sqlite_binding import ffi, lib

groups: dict[int, list[float]] = {}


def key(context: Any) -> int:
    """Returns the address that SQLite reserves for one group of rows."""
    return int(ffi.cast("intptr_t", lib.sqlite3_aggregate_context(context, 1)))


@ffi.callback("void(sqlite3_context *, int, sqlite3_value **)")
def step(context: Any, count: int, values: Any) -> None:
    """Takes the value of one row."""
    groups.setdefault(key(context), []).append(lib.sqlite3_value_double(values[0]))


@ffi.callback("void(sqlite3_context *)")
def final(context: Any) -> None:
    """Gives the result of a group."""
    lib.sqlite3_result_double(context, statistics.median(groups.pop(key(context))))


def main() -> None:
    """Asks for a median."""
    slot = ffi.new("sqlite3 **")
    assert lib.sqlite3_open(b":memory:", slot) == lib.SQLITE_OK
    with ffi.gc(slot[0], lib.sqlite3_close) as database:
        null = ffi.NULL
        lib.sqlite3_create_function(database, b"median", 1, lib.SQLITE_UTF8, null, null, step, final)
        setup = b"CREATE TABLE t (kind, size); INSERT INTO t VALUES ('a', 1), ('b', 9), ('a', 5), ('a', 2), ('b', 7)"
        assert lib.sqlite3_exec(database, setup, null, null, null) == lib.SQLITE_OK
        query = ffi.new("sqlite3_stmt **")
        text = b"SELECT kind, median(size) FROM t GROUP BY kind"
        assert lib.sqlite3_prepare_v2(database, text, -1, query, null) == lib.SQLITE_OK
        with ffi.gc(query[0], lib.sqlite3_finalize) as rows:
            while lib.sqlite3_step(rows) == lib.SQLITE_ROW:
                kind = ffi.string(lib.sqlite3_column_text(rows, 0)).decode()
                print(f"the median of {kind} is {lib.sqlite3_column_double(rows, 1)}")


if __name__ == "__main__":
    main()
