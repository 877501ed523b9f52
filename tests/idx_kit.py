"""idx files as MNIST's are."""

import struct

import numpy as np


def idx(array: np.ndarray) -> bytes:
    """Big-endian magic, sizes, then the bytes."""
    return struct.pack(f">I{array.ndim}I", 0x0800 + array.ndim, *array.shape) + array.tobytes()
