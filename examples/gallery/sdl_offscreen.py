"""SDL draws off screen with its software renderer, and Python reads the pixels.

    $ ferrocffi bind SDL2/SDL.h --package-config sdl2 -o sdl_binding.py

Debian: libsdl2-dev
"""

from __future__ import annotations

from sdl_binding import ffi, lib

WIDTH, HEIGHT = 64, 36


def main() -> None:
    """Fills a surface with a gradient and a rectangle."""
    surface = lib.SDL_CreateRGBSurfaceWithFormat(0, WIDTH, HEIGHT, 32, lib.SDL_PIXELFORMAT_ARGB8888)
    if surface == ffi.NULL:
        raise RuntimeError(ffi.string(lib.SDL_GetError()).decode())
    surface = ffi.gc(surface, lib.SDL_FreeSurface)
    renderer = ffi.gc(lib.SDL_CreateSoftwareRenderer(surface), lib.SDL_DestroyRenderer)
    for x in range(WIDTH):
        lib.SDL_SetRenderDrawColor(renderer, 4 * x, 40, 20, 255)
        lib.SDL_RenderDrawLine(renderer, x, 0, x, HEIGHT - 1)
    lib.SDL_SetRenderDrawColor(renderer, 255, 255, 255, 255)
    lib.SDL_RenderFillRect(renderer, ffi.new("SDL_Rect *", {"x": 10, "y": 10, "w": 8, "h": 6}))
    lib.SDL_RenderPresent(renderer)

    pixels = ffi.cast("uint32_t *", surface.pixels)
    row = surface.pitch // 4
    assert pixels[12 * row + 12] == 0xFFFFFFFF, "the rectangle is white"
    assert pixels[5] == 0xFF142814, hex(pixels[5])
    white = sum(pixels[y * row + x] == 0xFFFFFFFF for y in range(HEIGHT) for x in range(WIDTH))
    print(
        f"SDL {lib.SDL_MAJOR_VERSION}.{lib.SDL_MINOR_VERSION} drew {WIDTH} columns and {white} white pixels"
    )


if __name__ == "__main__":
    main()
