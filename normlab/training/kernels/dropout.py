"""Dropout's masks: a hash of a key and of each place, never stored."""

from normlab.training.kernels.compile import inline
from normlab.training.kernels.lanes import LANES, dropped
from normlab.training.kernels.program import BLOCK
from normlab.training.layers import Draw


@inline
def draw_of(step, draws, scales, when):  # type: ignore[no-untyped-def]
    """A block's mask, before (0) or after (1) the norms."""
    block = step[BLOCK]
    return Draw(draws[block, when, 0], draws[block, when, 1], scales[block, when])


@inline
def drop(value, x, c, h, at, first, batch, draw):  # type: ignore[no-untyped-def]
    """Dropout on x[c, h, at], of x (C, H, W·LANES), a tile that begins with image `first`; places of the whole batch
    count with images innermost."""
    if draw.threshold == 0:
        return value
    place = ((c * x.shape[1] + h) * (x.shape[2] // LANES) + at // LANES) * batch + first
    return dropped(value, place, draw.key, draw.threshold, draw.scale)
