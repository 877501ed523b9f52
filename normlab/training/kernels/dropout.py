"""Dropout's masks: a hash of a key and of each place, never stored."""

import numpy as np

from normlab.training.kernels.compile import inline


@inline
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
def drop(values, first, key, threshold, scale):  # type: ignore[no-untyped-def]
    """Dropout on a row of values in place; `first` is the place of the first one in the whole array."""
    zero = values.dtype.type(0)
    for i in range(len(values)):
        values[i] = values[i] * scale if is_kept(key, first + i, threshold) else zero
