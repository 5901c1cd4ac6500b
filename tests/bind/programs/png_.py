"""libpng: writes an image and reads it, with the simplified API."""

from binding import ffi, lib

image = ffi.new("png_image *")
image.version = lib.PNG_IMAGE_VERSION
image.width, image.height, image.format = 4, 3, lib.PNG_FORMAT_FLAG_COLOR | lib.PNG_FORMAT_FLAG_ALPHA
pixels = ffi.new("png_byte[]", bytes(range(48)))
size = ffi.new("png_alloc_size_t *", 4096)
memory = ffi.new("char[]", 4096)
assert lib.png_image_write_to_memory(image, memory, size, 0, pixels, 0, ffi.NULL), ffi.string(image.message)
data = bytes(ffi.buffer(memory, size[0]))
assert data.startswith(b"\x89PNG\r\n\x1a\n")
again = ffi.new("png_image *")
again.version = lib.PNG_IMAGE_VERSION
assert lib.png_image_begin_read_from_memory(again, data, len(data))
assert (again.width, again.height, again.format) == (4, 3, image.format)
out = ffi.new("png_byte[48]")
assert lib.png_image_finish_read(again, ffi.NULL, out, 0, ffi.NULL)
assert bytes(ffi.buffer(out)) == bytes(range(48))
print(len(data))
