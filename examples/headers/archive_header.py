"""libarchive from two headers: a tar file in memory, which Python's own tarfile reads."""

from __future__ import annotations

import io
import tarfile

import _bound
from _support import check, run, to_text

FILES = {"a.txt": b"alpha", "b.txt": b"beta" * 100}


def main() -> None:
    with _bound.bound(["archive.h", "archive_entry.h"], "archive", "libarchive-dev") as module:
        ffi, lib = module.ffi, module.lib
        memory, used = ffi.new("char[]", 65536), ffi.new("size_t *")
        archive = lib.archive_write_new()
        check("format", lib.archive_write_set_format_ustar(archive), lib.ARCHIVE_OK)
        code = lib.archive_write_open_memory(archive, memory, len(memory), used)
        check("open", code, lib.ARCHIVE_OK)
        for name, data in FILES.items():
            entry = ffi.gc(lib.archive_entry_new(), lib.archive_entry_free)
            lib.archive_entry_set_pathname(entry, name.encode())
            lib.archive_entry_set_size(entry, len(data))
            lib.archive_entry_set_filetype(entry, lib.AE_IFREG)
            check("header", lib.archive_write_header(archive, entry), lib.ARCHIVE_OK)
            check("data", lib.archive_write_data(archive, data, len(data)), len(data))
        lib.archive_write_close(archive)
        lib.archive_write_free(archive)
        with tarfile.open(fileobj=io.BytesIO(bytes(ffi.buffer(memory, used[0])))) as tar:
            members = {member.name: member.size for member in tar}
        check("what tarfile finds", members, {name: len(data) for name, data in FILES.items()})
        print(f"{to_text(ffi, lib.archive_version_string())} wrote {members}")


if __name__ == "__main__":
    run(main)
