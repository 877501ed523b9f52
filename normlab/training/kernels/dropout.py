"""Dropout's masks: a hash of a key and of each place, never stored."""

from typing import Any, NamedTuple

import numpy as np

from normlab.training.kernels.compile import accessor, inline


class Part(NamedTuple):
    """`images` of a `batch`, from the `first` one."""

    first: Any
    images: Any
    batch: Any


@accessor
def is_kept(key, index, threshold):  # type: ignore[no-untyped-def]
    """Whether 32 random bits reach `threshold`: Chris Wellons' `lowbias32` hash of a place and a key."""
    x = np.uint32(np.uint32(index) ^ key)
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    x = np.uint32(x ^ (x >> np.uint32(16)))
    return x >= threshold


@inline
def drop(values, first, draw):  # type: ignore[no-untyped-def]
    """Dropout on a row of values in place; `first` is the place of the first one among those of the whole batch."""
    zero = values.dtype.type(0)
    for i in range(len(values)):
        values[i] = values[i] * draw.scale if is_kept(draw.key, first + i, draw.threshold) else zero


@accessor
def place(x, c, h, column, part):  # type: ignore[no-untyped-def]
    """The place in the whole batch, images innermost, where a part's x (C, H, W·B) has x[c, h, column]."""
    return ((c * x.shape[1] + h) * (x.shape[2] // part.images) + column // part.images) * part.batch + part.first
