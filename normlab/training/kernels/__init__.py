"""The network's inner loops, compiled by numba: what torch would do in many passes over memory, in few.

Images lie innermost: an array (C, H, W·LANES) holds LANES of them, a tile, so that one vector register holds a place of
all. What is done in which order is data, a program: `run` carries it out in one call, and compiles once for whatever
network, batch and mode.
"""

from normlab.training.kernels import lanes, program
from normlab.training.kernels.augmentation import turn_and_erase
from normlab.training.kernels.compile import turn
from normlab.training.kernels.lanes import LANES
from normlab.training.kernels.normalization import COUNT, SCALE, SHIFT, SQUARE, SUM, Chain
from normlab.training.kernels.observation import add_squares, observe
from normlab.training.kernels.run import run

__all__ = [
    "COUNT",
    "LANES",
    "SCALE",
    "SHIFT",
    "SQUARE",
    "SUM",
    "Chain",
    "add_squares",
    "lanes",
    "observe",
    "program",
    "run",
    "turn",
    "turn_and_erase",
]
