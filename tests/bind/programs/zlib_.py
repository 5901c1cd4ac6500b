"""zlib: compresses and decompresses."""

import zlib

from binding import ffi, lib

data = b"hello " * 1000
size = ffi.new("uLongf *", lib.compressBound(len(data)))
packed = ffi.new("Bytef[]", size[0])
assert lib.compress2(packed, size, data, len(data), lib.Z_BEST_COMPRESSION) == lib.Z_OK
assert zlib.decompress(bytes(ffi.buffer(packed, size[0]))) == data
stream = ffi.new("z_stream *")
assert lib.inflateInit_(stream, lib.zlibVersion(), ffi.sizeof("z_stream")) == lib.Z_OK
out = ffi.new("Bytef[]", len(data))
stream.next_in, stream.avail_in, stream.next_out, stream.avail_out = packed, size[0], out, len(data)
assert lib.inflate(stream, lib.Z_FINISH) == lib.Z_STREAM_END
assert bytes(ffi.buffer(out)) == data
assert lib.inflateEnd(stream) == lib.Z_OK
print(size[0], stream.total_out)
