"""zlib through dlopen: a real file compressed as a stream, with a z_stream by pointer.

What comes out is decompressed with Python's own ``zlib``, and the other way round.
"""

from __future__ import annotations

import functools
import os
import tempfile
import zlib
from pathlib import Path
from typing import Any

import cffi
from _support import check, open_library, run, to_text

ffi = cffi.FFI()
ffi.cdef(
    """
    typedef struct z_stream_s {
        const unsigned char *next_in;
        unsigned int avail_in;
        unsigned long total_in;
        unsigned char *next_out;
        unsigned int avail_out;
        unsigned long total_out;
        const char *msg;
        void *state;
        void *(*zalloc)(void *, unsigned int, unsigned int);
        void (*zfree)(void *, void *);
        void *opaque;
        int data_type;
        unsigned long adler;
        unsigned long reserved;
    } z_stream;

    #define Z_NO_FLUSH 0
    #define Z_FINISH 4
    #define Z_OK 0
    #define Z_STREAM_END 1
    #define Z_DATA_ERROR -3

    const char *zlibVersion(void);
    unsigned long crc32(unsigned long, const unsigned char *, unsigned int);
    int deflateInit_(z_stream *, int level, const char *version, int stream_size);
    int deflate(z_stream *, int flush);
    int deflateEnd(z_stream *);
    int inflateInit_(z_stream *, const char *version, int stream_size);
    int inflate(z_stream *, int flush);
    int inflateEnd(z_stream *);
    """
)

#: Bytes given to zlib at a time, and bytes it may write at a time.
CHUNK = 4096


def pump(step: Any, stream: Any, data: bytes, flush: int) -> tuple[int, bytes]:
    """Gives `data` to `step` until it has no more to write.

    Returns the last status and what was written.
    """
    out = ffi.new("unsigned char[]", CHUNK)
    with ffi.from_buffer("unsigned char[]", data) as source:
        stream.next_in = source
        stream.avail_in = len(data)
        written = []
        while True:
            stream.next_out = out
            stream.avail_out = CHUNK
            status = step(stream, flush)
            written.append(bytes(ffi.buffer(out, CHUNK - stream.avail_out)))
            if stream.avail_out > 0 or status < 0:
                break
        stream.next_in = ffi.NULL
    return status, b"".join(written)


def compress_file(lib: Any, source: Path, target: Path) -> Any:
    """Compress `source` into `target`, a chunk at a time; return the ended stream."""
    stream = ffi.new("z_stream *")
    code = lib.deflateInit_(stream, 9, lib.zlibVersion(), ffi.sizeof("z_stream"))
    check("deflateInit", code, lib.Z_OK)
    with source.open("rb") as reader, target.open("wb") as writer:
        for chunk in iter(functools.partial(reader.read, CHUNK), b""):
            status, written = pump(lib.deflate, stream, chunk, lib.Z_NO_FLUSH)
            check("status of deflate", status, lib.Z_OK)
            writer.write(written)
        status, written = pump(lib.deflate, stream, b"", lib.Z_FINISH)
        check("status of the last deflate", status, lib.Z_STREAM_END)
        writer.write(written)
    check("deflateEnd", lib.deflateEnd(stream), lib.Z_OK)
    return stream


def decompress(lib: Any, data: bytes) -> tuple[int, bytes, str]:
    """Decompress all of `data`; return status, result and zlib's message."""
    stream = ffi.new("z_stream *")
    code = lib.inflateInit_(stream, lib.zlibVersion(), ffi.sizeof("z_stream"))
    check("inflateInit", code, lib.Z_OK)
    status, result = pump(lib.inflate, stream, data, lib.Z_NO_FLUSH)
    message = "" if stream.msg == ffi.NULL else to_text(ffi, stream.msg)
    lib.inflateEnd(stream)
    return status, result, message


def main() -> None:
    lib = open_library(ffi, "z", ["libz.so.1", "libz.dylib"], "zlib1g")
    print(f"zlib {to_text(ffi, lib.zlibVersion())}")
    # A file that every installation has, and that is longer than one chunk.
    source = Path(os.__file__)
    original = source.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "compressed.z"
        stream = compress_file(lib, source, target)
        compressed = target.read_bytes()
    check("bytes read", stream.total_in, len(original))
    check("bytes written", stream.total_out, len(compressed))
    check("checksum kept by the stream", stream.adler, zlib.adler32(original))
    check("Python's zlib, decompressing", zlib.decompress(compressed), original)
    print(
        f"compressed {source.name}, {len(original)} bytes, to {len(compressed)} "
        f"in chunks of {CHUNK}; Python's zlib gives the file back"
    )

    status, result, _ = decompress(lib, zlib.compress(original, 1))
    check("status of inflate", status, lib.Z_STREAM_END)
    check("what inflate gives", result, original)
    check("crc32", lib.crc32(0, original, len(original)), zlib.crc32(original))
    print("decompressed what Python's zlib had compressed; crc32 is the same")

    broken = bytearray(zlib.compress(original))
    broken[2] = 0xFF
    status, _, message = decompress(lib, bytes(broken))
    check("status of a broken stream", status, lib.Z_DATA_ERROR)
    check("message of a broken stream", message, "invalid block type")
    print(f"a broken stream is refused: {message!r}")


if __name__ == "__main__":
    run(main)
