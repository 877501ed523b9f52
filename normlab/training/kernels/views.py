"""What an instruction works on: arrays in the one memory."""

from normlab.training.kernels.compile import inline
from normlab.training.kernels.lanes import LANES


@inline
def cube(memory, start, channels, size):  # type: ignore[no-untyped-def]
    """(C, size, size·LANES): activations of a tile."""
    return memory[start : start + channels * size * size * LANES].reshape((channels, size, size * LANES))


@inline
def kernels_of(memory, start, outputs, inputs, taps):  # type: ignore[no-untyped-def]
    """(O, C, taps, taps): a convolution's weight, or its gradient."""
    return memory[start : start + outputs * inputs * taps * taps].reshape((outputs, inputs, taps, taps))
