"""cairocffi: draws 60,000 lines and curves."""

import math

import cairocffi as cairo

surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, 400, 400)
context = cairo.Context(surface)
for number in range(60000):
    angle = number / 100
    context.move_to(200, 200)
    context.curve_to(200, 100, 300, 100, 200 + 150 * math.cos(angle), 200 + 150 * math.sin(angle))
    if number % 2000 == 0:
        context.set_source_rgb(number / 60000, 0.5, 0.2)
        context.stroke()
    elif number % 100 == 0:
        context.new_path()
print(sum(bytes(surface.get_data())) % 9973)
