"""SQLite through dlopen: a database file, a transaction, a Python callback per row.

The same file is then read with Python's own ``sqlite3`` module, which has to see the
same rows.
"""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import cffi
from _support import check, open_library, run, to_text

ffi = cffi.FFI()
ffi.cdef(
    """
    typedef struct sqlite3 sqlite3;
    typedef struct sqlite3_stmt sqlite3_stmt;
    typedef long long sqlite3_int64;
    typedef int (*row_callback)(void *, int, char **, char **);

    #define SQLITE_OK 0
    #define SQLITE_ABORT 4
    #define SQLITE_ROW 100
    #define SQLITE_DONE 101
    #define SQLITE_OPEN_READWRITE 2
    #define SQLITE_OPEN_CREATE 4

    const char *sqlite3_libversion(void);
    int sqlite3_open_v2(const char *, sqlite3 **, int flags, const char *vfs);
    int sqlite3_close(sqlite3 *);
    const char *sqlite3_errmsg(sqlite3 *);
    int sqlite3_exec(sqlite3 *, const char *, row_callback, void *, char **message);
    void sqlite3_free(void *);
    int sqlite3_changes(sqlite3 *);
    sqlite3_int64 sqlite3_last_insert_rowid(sqlite3 *);

    int sqlite3_prepare_v2(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
    int sqlite3_bind_int64(sqlite3_stmt *, int, sqlite3_int64);
    int sqlite3_bind_double(sqlite3_stmt *, int, double);
    int sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, void (*)(void *));
    int sqlite3_step(sqlite3_stmt *);
    int sqlite3_reset(sqlite3_stmt *);
    int sqlite3_finalize(sqlite3_stmt *);
    sqlite3_int64 sqlite3_column_int64(sqlite3_stmt *, int);
    double sqlite3_column_double(sqlite3_stmt *, int);
    const unsigned char *sqlite3_column_text(sqlite3_stmt *, int);
    """
)

#: SQLITE_TRANSIENT: "copy the text, I am going to free mine".
TRANSIENT = ffi.cast("void (*)(void *)", -1)

PLANETS = [
    ("Mercury", 57.9, 0),
    ("Venus", 108.2, 0),
    ("Earth", 149.6, 1),
    ("Mars", 227.9, 2),
    ("Jupiter", 778.6, 95),
    ("Saturn", 1433.5, 146),
    ("Uranus ♅", 2872.5, 28),
    ("Neptune", 4495.1, 16),
]


class SqliteError(Exception):
    """SQLite answered with something else than SQLITE_OK."""


class Database:
    """One open database, with the few operations that the example shows."""

    def __init__(self, lib: Any, path: Path) -> None:
        self.lib = lib
        slot = ffi.new("sqlite3 **")
        flags = lib.SQLITE_OPEN_READWRITE | lib.SQLITE_OPEN_CREATE
        code = lib.sqlite3_open_v2(str(path).encode(), slot, flags, ffi.NULL)
        # SQLite hands out a connection even when it fails, to ask it for the message.
        self.handle = ffi.gc(slot[0], lib.sqlite3_close)
        self._require_ok(code)

    def close(self) -> None:
        """Closes the connection now rather than when the object dies."""
        ffi.release(self.handle)

    def _require_ok(self, code: int) -> None:
        if code != self.lib.SQLITE_OK:
            message = to_text(ffi, self.lib.sqlite3_errmsg(self.handle))
            raise SqliteError(f"error {code}: {message}")

    def execute(self, sql: str, on_row: Any = ffi.NULL, context: Any = ffi.NULL) -> None:
        """Runs statements; `on_row` is a C callback that gets each row as text."""
        message = ffi.new("char **")
        code = self.lib.sqlite3_exec(self.handle, sql.encode(), on_row, context, message)
        if message[0] != ffi.NULL:
            text = to_text(ffi, message[0])
            self.lib.sqlite3_free(message[0])
            raise SqliteError(f"error {code}: {text}")

    def prepare(self, sql: str) -> Any:
        """Compiles one statement; it is finalized when the result is released."""
        slot = ffi.new("sqlite3_stmt **")
        encoded = sql.encode()
        self._require_ok(self.lib.sqlite3_prepare_v2(self.handle, encoded, len(encoded), slot, ffi.NULL))
        return ffi.gc(slot[0], self.lib.sqlite3_finalize)


@ffi.callback("int(void *, int, char **, char **)")
def collect_row(context: Any, count: int, values: Any, names: Any) -> int:
    """Append one row, as a dict, to the Python list behind `context`."""
    rows = ffi.from_handle(context)
    rows.append({to_text(ffi, names[i]): to_text(ffi, values[i]) for i in range(count)})
    return 0


@ffi.callback("int(void *, int, char **, char **)")
def stop_at_once(context: Any, count: int, values: Any, names: Any) -> int:
    """Asks SQLite to abandon the query."""
    return 1


def fill(db: Database) -> None:
    """Insert all planets through one prepared statement, in one transaction."""
    lib = db.lib
    db.execute("BEGIN")
    with db.prepare("INSERT INTO planet (name, distance, moons) VALUES (?, ?, ?)") as st:
        for number, (name, distance, moons) in enumerate(PLANETS, start=1):
            text = name.encode()
            lib.sqlite3_bind_text(st, 1, text, len(text), TRANSIENT)
            lib.sqlite3_bind_double(st, 2, distance)
            lib.sqlite3_bind_int64(st, 3, moons)
            check("step of the insert", lib.sqlite3_step(st), lib.SQLITE_DONE)
            check("row id", lib.sqlite3_last_insert_rowid(db.handle), number)
            lib.sqlite3_reset(st)
    db.execute("COMMIT")


def query_with_callback(db: Database) -> list[dict[str, str]]:
    """Lets sqlite3_exec call Python once per row."""
    rows: list[dict[str, str]] = []
    context = ffi.new_handle(rows)
    db.execute("SELECT name, moons FROM planet WHERE moons > 0", collect_row, context)
    return rows


def query_prepared(db: Database, at_least: float) -> list[tuple[str, float, int]]:
    """Step through a prepared query, reading typed columns."""
    lib = db.lib
    rows = []
    with db.prepare("SELECT name, distance, moons FROM planet WHERE distance >= ? ORDER BY distance") as st:
        lib.sqlite3_bind_double(st, 1, at_least)
        while lib.sqlite3_step(st) == lib.SQLITE_ROW:
            rows.append(
                (
                    to_text(ffi, lib.sqlite3_column_text(st, 0)),
                    lib.sqlite3_column_double(st, 1),
                    lib.sqlite3_column_int64(st, 2),
                )
            )
    return rows


def error_text(db: Database, sql: str, on_row: Any = ffi.NULL) -> str:
    """The message that a statement fails with."""
    try:
        db.execute(sql, on_row)
    except SqliteError as problem:
        return str(problem)
    return "no error"


def main() -> None:
    lib = open_library(ffi, "sqlite3", ["libsqlite3.so.0", "libsqlite3.dylib"], "libsqlite3-0")
    print(f"SQLite {to_text(ffi, lib.sqlite3_libversion())}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "planets.db"
        db = Database(lib, path)
        db.execute("CREATE TABLE planet (name TEXT, distance REAL, moons INTEGER)")
        fill(db)
        print(f"filled {path.name} with {len(PLANETS)} rows in a transaction")

        rows = query_with_callback(db)
        expected = [{"name": n, "moons": str(m)} for n, _, m in PLANETS if m > 0]
        check("rows given to the callback", rows, expected)
        print(f"a Python callback got {len(rows)} rows, the last is {rows[-1]}")

        far = query_prepared(db, 500.0)
        check("rows of the prepared query", far, [p for p in PLANETS if p[1] >= 500.0])
        print(f"a prepared query found {len(far)} planets beyond 500 million km")

        db.execute("BEGIN; DELETE FROM planet; ROLLBACK")
        missing = error_text(db, "SELECT * FROM moon")
        check("message of a wrong query", missing, "error 1: no such table: moon")
        stopped = error_text(db, "SELECT * FROM planet", stop_at_once)
        check(
            "message of a stopped query",
            stopped,
            f"error {lib.SQLITE_ABORT}: query aborted",
        )
        print(f"errors arrive as text: {missing!r}, {stopped!r}")
        db.close()

        connection = sqlite3.connect(path)
        seen = connection.execute("SELECT name, distance, moons FROM planet ORDER BY rowid").fetchall()
        connection.close()
        check("what Python's sqlite3 reads", seen, PLANETS)
        print(f"Python's own sqlite3 reads the same {len(seen)} rows back")


if __name__ == "__main__":
    run(main)
