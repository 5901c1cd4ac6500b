"""GLib: a hash table, a list sorted with a callback, and a string."""

from binding import ffi, lib

table = lib.g_hash_table_new(ffi.addressof(lib, "g_str_hash"), ffi.addressof(lib, "g_str_equal"))
keys = [ffi.new("char[]", key) for key in (b"one", b"two", b"three")]
for number, key in enumerate(keys, 1):
    lib.g_hash_table_insert(table, key, ffi.cast("gpointer", number))
assert lib.g_hash_table_size(table) == 3
other = ffi.new("char[]", b"two")
assert int(ffi.cast("intptr_t", lib.g_hash_table_lookup(table, other))) == 2
lib.g_hash_table_destroy(table)


@ffi.callback("GCompareFunc")
def compare(a, b):
    return int(ffi.cast("intptr_t", a)) - int(ffi.cast("intptr_t", b))


items = ffi.NULL
for number in (3, 1, 2):
    items = lib.g_list_prepend(items, ffi.cast("gpointer", number))
items = lib.g_list_sort(items, compare)
found, item = [], items
while item != ffi.NULL:
    found.append(int(ffi.cast("intptr_t", item.data)))
    item = item.next
lib.g_list_free(items)
assert found == [1, 2, 3]
text = lib.g_strdup_printf(b"%s %d", ffi.new("char[]", b"x"), ffi.cast("int", 7))
assert ffi.string(text) == b"x 7"
lib.g_free(text)
print(found)
