"""LMDB: stores and reads in a transaction."""

import tempfile

from binding import ffi, lib

with tempfile.TemporaryDirectory() as folder:
    env, txn, dbi = ffi.new("MDB_env **"), ffi.new("MDB_txn **"), ffi.new("MDB_dbi *")
    assert lib.mdb_env_create(env) == lib.MDB_SUCCESS
    assert lib.mdb_env_open(env[0], folder.encode(), 0, 0o600) == 0
    assert lib.mdb_txn_begin(env[0], ffi.NULL, 0, txn) == 0
    assert lib.mdb_dbi_open(txn[0], ffi.NULL, 0, dbi) == 0
    key, value = ffi.new("MDB_val *"), ffi.new("MDB_val *")
    name, data = ffi.new("char[]", b"key"), ffi.new("char[]", b"value")
    key.mv_size, key.mv_data, value.mv_size, value.mv_data = 3, name, 5, data
    assert lib.mdb_put(txn[0], dbi[0], key, value, 0) == 0
    found = ffi.new("MDB_val *")
    assert lib.mdb_get(txn[0], dbi[0], key, found) == 0
    got = bytes(ffi.buffer(found.mv_data, found.mv_size))
    assert lib.mdb_txn_commit(txn[0]) == 0
    lib.mdb_env_close(env[0])
assert got == b"value"
print(got)
