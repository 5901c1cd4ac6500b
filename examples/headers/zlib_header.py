"""zlib from its own header: nothing is declared by hand."""

from __future__ import annotations

import zlib

import _bound
from _support import check, run, to_text

TEXT = b"All of these declarations come from the header. " * 200


def main() -> None:
    with _bound.bound(["zlib.h"], "z", "zlib1g-dev") as module:
        ffi, lib = module.ffi, module.lib
        check("version of header and library", to_text(ffi, lib.zlibVersion()), module.ZLIB_VERSION.decode())
        print(f"zlib {module.ZLIB_VERSION.decode()}; its header says of compressBound():")
        print("  " + module.__docs__["compressBound"].splitlines()[2])

        size = ffi.new("uLongf *", lib.compressBound(len(TEXT)))
        packed = ffi.new("Bytef[]", size[0])
        code = lib.compress2(packed, size, TEXT, len(TEXT), lib.Z_BEST_COMPRESSION)
        check("compress2", code, lib.Z_OK)
        check("Python's zlib, decompressing", zlib.decompress(bytes(ffi.buffer(packed, size[0]))), TEXT)
        print(f"{len(TEXT)} bytes became {size[0]}")

        stream = ffi.new("z_stream *")
        check("inflateInit", lib.inflateInit_(stream, lib.zlibVersion(), ffi.sizeof("z_stream")), lib.Z_OK)
        out = ffi.new("Bytef[]", len(TEXT))
        stream.next_in, stream.avail_in = packed, size[0]
        stream.next_out, stream.avail_out = out, len(TEXT)
        check("inflate", lib.inflate(stream, lib.Z_FINISH), lib.Z_STREAM_END)
        check("what inflate gives", bytes(ffi.buffer(out)), TEXT)
        lib.inflateEnd(stream)
        print("a z_stream, with the fields of the header, gives them back")


if __name__ == "__main__":
    run(main)
