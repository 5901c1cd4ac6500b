"""cairo: a drawing in memory."""

from binding import ffi, lib

surface = lib.cairo_image_surface_create(lib.CAIRO_FORMAT_ARGB32, 8, 8)
cr = lib.cairo_create(surface)
lib.cairo_set_source_rgb(cr, 1.0, 0.0, 0.0)
lib.cairo_rectangle(cr, 2, 2, 4, 4)
lib.cairo_fill(cr)
lib.cairo_surface_flush(surface)
stride = lib.cairo_image_surface_get_stride(surface)
data = ffi.cast("uint32_t *", lib.cairo_image_surface_get_data(surface))
rows = [[data[y * stride // 4 + x] for x in range(8)] for y in range(8)]
assert rows[3] == [0, 0, *[0xFFFF0000] * 4, 0, 0]
matrix = ffi.new("cairo_matrix_t *")
lib.cairo_matrix_init_rotate(matrix, 0.5)
x, y = ffi.new("double *", 1), ffi.new("double *", 0)
lib.cairo_matrix_transform_point(matrix, x, y)
assert abs(x[0] ** 2 + y[0] ** 2 - 1) < 1e-12
lib.cairo_destroy(cr)
lib.cairo_surface_destroy(surface)
print(rows[3])
