"""SQLite from its own header: a function in Python, and constants that are casts to pointers."""

from __future__ import annotations

from typing import Any

import _bound
from _support import check, run


def main() -> None:
    with _bound.bound(["sqlite3.h"], "sqlite3", "libsqlite3-dev") as module:
        ffi, lib = module.ffi, module.lib

        def ok(what: str, code: int) -> None:
            check(what, ffi.string(lib.sqlite3_errstr(code)), b"not an error")

        db, statement = ffi.new("sqlite3 **"), ffi.new("sqlite3_stmt **")
        ok("open", lib.sqlite3_open(b":memory:", db))

        @ffi.callback("void(*)(sqlite3_context *, int, sqlite3_value **)")
        def shout(context: Any, count: int, values: Any) -> None:
            text = ffi.string(ffi.cast("char *", lib.sqlite3_value_text(values[0])))
            lib.sqlite3_result_text(context, text.upper(), -1, module.SQLITE_TRANSIENT)

        flags = lib.SQLITE_UTF8 | lib.SQLITE_DETERMINISTIC
        ok(
            "create_function",
            lib.sqlite3_create_function(db[0], b"shout", 1, flags, ffi.NULL, shout, ffi.NULL, ffi.NULL),
        )
        ok("prepare", lib.sqlite3_prepare_v2(db[0], b"select shout(?)", -1, statement, ffi.NULL))
        ok("bind", lib.sqlite3_bind_text(statement[0], 1, b"header", -1, module.SQLITE_TRANSIENT))
        check("step", lib.sqlite3_step(statement[0]), lib.SQLITE_ROW)
        result = ffi.string(ffi.cast("char *", lib.sqlite3_column_text(statement[0], 0)))
        check("the result", result, b"HEADER")
        lib.sqlite3_finalize(statement[0])
        ok("close", lib.sqlite3_close(db[0]))
        print(f"SQLite {module.SQLITE_VERSION.decode()} called Python: {result.decode()}")


if __name__ == "__main__":
    run(main)
