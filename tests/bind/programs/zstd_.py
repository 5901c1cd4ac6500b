"""Zstandard: a round trip, and an error."""

from binding import ffi, lib

data = bytes(range(256)) * 50
packed = ffi.new("char[]", lib.ZSTD_compressBound(len(data)))
size = lib.ZSTD_compress(packed, len(packed), data, len(data), lib.ZSTD_maxCLevel())
assert not lib.ZSTD_isError(size)
assert lib.ZSTD_getFrameContentSize(packed, size) == len(data)
out = ffi.new("char[]", len(data))
assert lib.ZSTD_decompress(out, len(data), packed, size) == len(data)
assert bytes(ffi.buffer(out)) == data
bad = lib.ZSTD_decompress(out, len(data), b"nonsense", 8)
assert lib.ZSTD_isError(bad)
print(size, ffi.string(lib.ZSTD_getErrorName(bad)))
