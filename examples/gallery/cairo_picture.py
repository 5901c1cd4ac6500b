"""Cairo draws a picture with gradients and transparency, and writes it as PNG.

    $ ferrocffi bind cairo.h --package-config cairo -o cairo_binding.py

Debian: libcairo2-dev
"""

from __future__ import annotations

import math
import sys

from cairo_binding import ffi, lib

SIZE = 360


def draw(path: str) -> None:
    """Draws petals around a centre."""
    surface = ffi.gc(
        lib.cairo_image_surface_create(lib.CAIRO_FORMAT_ARGB32, SIZE, SIZE), lib.cairo_surface_destroy
    )
    cr = ffi.gc(lib.cairo_create(surface), lib.cairo_destroy)
    background = ffi.gc(lib.cairo_pattern_create_linear(0, 0, 0, SIZE), lib.cairo_pattern_destroy)
    lib.cairo_pattern_add_color_stop_rgb(background, 0, 0.99, 0.96, 0.93)
    lib.cairo_pattern_add_color_stop_rgb(background, 1, 0.93, 0.82, 0.75)
    lib.cairo_set_source(cr, background)
    lib.cairo_paint(cr)

    lib.cairo_translate(cr, SIZE / 2, SIZE / 2)
    for petal in range(24):
        lib.cairo_save(cr)
        lib.cairo_rotate(cr, petal * math.tau / 24)
        lib.cairo_set_source_rgba(cr, 0.48 + petal / 60, 0.18 + petal / 90, 0.07, 0.35)
        lib.cairo_curve_to(cr, 0, 0, 90, -70, 160, 0)
        lib.cairo_curve_to(cr, 160, 0, 90, 70, 0, 0)
        lib.cairo_fill(cr)
        lib.cairo_restore(cr)
    lib.cairo_set_source_rgb(cr, 0.3, 0.1, 0.04)
    lib.cairo_arc(cr, 0, 0, 26, 0, math.tau)
    lib.cairo_fill(cr)

    status = lib.cairo_surface_write_to_png(surface, path.encode())
    if status != lib.CAIRO_STATUS_SUCCESS:
        raise OSError(ffi.string(lib.cairo_status_to_string(status)).decode())
    print(
        f"{path}: {lib.cairo_image_surface_get_width(surface)} pixels wide, {lib.CAIRO_VERSION_MAJOR}.x drew it"
    )


if __name__ == "__main__":
    draw(sys.argv[1] if len(sys.argv) > 1 else "cairo.png")
