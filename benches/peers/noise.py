"""Noise from numpy as raw frames on stdout: python3 noise.py FRAMES"""
import sys
import numpy

rng = numpy.random.default_rng(1)
for _ in range(int(sys.argv[1])):
    sys.stdout.buffer.write(rng.integers(0, 256, 1024 * 768 * 3, dtype=numpy.uint8).tobytes())
