"""libarchive: writes a tar into memory, and reads it."""

import io
import tarfile

from binding import ffi, lib

buffer, used = ffi.new("char[]", 65536), ffi.new("size_t *")
archive = lib.archive_write_new()
assert lib.archive_write_set_format_ustar(archive) == lib.ARCHIVE_OK
assert lib.archive_write_open_memory(archive, buffer, len(buffer), used) == lib.ARCHIVE_OK
for name, data in ((b"a.txt", b"alpha"), (b"b.txt", b"beta" * 100)):
    entry = lib.archive_entry_new()
    lib.archive_entry_set_pathname(entry, name)
    lib.archive_entry_set_size(entry, len(data))
    lib.archive_entry_set_filetype(entry, lib.AE_IFREG)
    lib.archive_entry_set_perm(entry, 0o644)
    assert lib.archive_write_header(archive, entry) == lib.ARCHIVE_OK
    assert lib.archive_write_data(archive, data, len(data)) == len(data)
    lib.archive_entry_free(entry)
lib.archive_write_close(archive)
lib.archive_write_free(archive)
with tarfile.open(fileobj=io.BytesIO(bytes(ffi.buffer(buffer, used[0])))) as tar:
    assert tar.getnames() == ["a.txt", "b.txt"]
    assert tar.extractfile("b.txt").read() == b"beta" * 100
archive = lib.archive_read_new()
lib.archive_read_support_format_all(archive)
assert lib.archive_read_open_memory(archive, buffer, used[0]) == lib.ARCHIVE_OK
entry, found = ffi.new("struct archive_entry **"), []
while lib.archive_read_next_header(archive, entry) == lib.ARCHIVE_OK:
    found.append((ffi.string(lib.archive_entry_pathname(entry[0])), lib.archive_entry_size(entry[0])))
lib.archive_read_free(archive)
assert found == [(b"a.txt", 5), (b"b.txt", 400)]
print(found)
