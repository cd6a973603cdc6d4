"""Milliseconds that cairo takes for the polygon frame, the median of 15."""
import random
import statistics
import time
import cairo

W, H = 1920, 1080
surface = cairo.ImageSurface(cairo.FORMAT_RGB24, W, H)
context = cairo.Context(surface)
times = []
for _ in range(15):
    start = time.perf_counter()
    context.set_source_rgb(0, 0, 0)
    context.paint()
    context.set_source_rgba(1, 1, 1, 0.41)
    context.set_line_width(1)
    for _ in range(251):
        context.move_to(random.random() * W, random.random() * H)
        for _ in range(3):
            context.line_to(random.random() * W, random.random() * H)
        context.close_path()
        context.stroke()
    surface.flush()
    times.append(time.perf_counter() - start)
print(1000 * statistics.median(times))
