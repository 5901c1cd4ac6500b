"""SQLite: a table, a query with a parameter, and a function in Python."""

from binding import SQLITE_TRANSIENT, ffi, lib

db = ffi.new("sqlite3 **")
assert lib.sqlite3_open(b":memory:", db) == lib.SQLITE_OK


@ffi.callback("void(*)(sqlite3_context *, int, sqlite3_value **)")
def double(context, count, values):
    lib.sqlite3_result_int(context, 2 * lib.sqlite3_value_int(values[0]))


assert (
    lib.sqlite3_create_function(db[0], b"double", 1, lib.SQLITE_UTF8, ffi.NULL, double, ffi.NULL, ffi.NULL)
    == 0
)
assert lib.sqlite3_exec(db[0], b"create table t(a, b)", ffi.NULL, ffi.NULL, ffi.NULL) == lib.SQLITE_OK
statement = ffi.new("sqlite3_stmt **")
for number, text in ((1, b"one"), (2, b"two"), (3, b"three")):
    assert (
        lib.sqlite3_prepare_v2(db[0], b"insert into t values(?, ?)", -1, statement, ffi.NULL) == lib.SQLITE_OK
    )
    lib.sqlite3_bind_int(statement[0], 1, number)
    lib.sqlite3_bind_text(statement[0], 2, text, -1, SQLITE_TRANSIENT)
    assert lib.sqlite3_step(statement[0]) == lib.SQLITE_DONE
    lib.sqlite3_finalize(statement[0])
lib.sqlite3_prepare_v2(db[0], b"select double(a), b from t where a > 1", -1, statement, ffi.NULL)
rows = []
while lib.sqlite3_step(statement[0]) == lib.SQLITE_ROW:
    text = ffi.string(ffi.cast("char *", lib.sqlite3_column_text(statement[0], 1)))
    rows.append((lib.sqlite3_column_int(statement[0], 0), text))
lib.sqlite3_finalize(statement[0])
assert rows == [(4, b"two"), (6, b"three")], rows
assert lib.sqlite3_close(db[0]) == lib.SQLITE_OK
print(rows)
