"""Milliseconds that cairo takes for a Lissajous figure of 4000 points, the median of 15."""
import math
import statistics
import time
import cairo

W, H = 1280, 720
surface = cairo.ImageSurface(cairo.FORMAT_RGB24, W, H)
context = cairo.Context(surface)
times = []
for frame in range(15):
    start = time.perf_counter()
    context.set_source_rgb(0.07, 0.07, 0.09)
    context.paint()
    context.set_source_rgb(1, 0.9, 0.2)
    context.set_line_width(2)
    for i in range(4000):
        t = 2 * math.pi * i / 3999
        x, y = math.sin(3 * t + frame), math.sin(4 * t)
        context.line_to(W / 2 + 300 * x, H / 2 - 300 * y)
    context.stroke()
    surface.flush()
    times.append(time.perf_counter() - start)
print(1000 * statistics.median(times))
