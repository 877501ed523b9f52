"""How far BatchNorm's remembered statistics lie from those that a layer's activations have now."""

from dataclasses import dataclass

import numpy as np

from normlab.record import Floats


@dataclass(frozen=True, slots=True)
class Mismatch:
    """How far BatchNorm's memory lies from the actual statistics, over the channels that are not constant.

    `shift` is the mean distance of the means, in actual standard deviations; `ratio` the geometric mean of remembered
    over actual standard deviation. A memory that fits has shift 0 and ratio 1.
    """

    shift: float
    ratio: float


def mismatch(running_mean: Floats, running_std: Floats, mean: Floats, std: Floats) -> Mismatch | None:
    """All four have shape (C,). None if every channel is constant."""
    alive = (std > 0) & (running_std > 0)
    if not alive.any():
        return None
    shift = np.abs(running_mean - mean)[alive] / std[alive]
    ratio = np.exp(np.log(running_std[alive] / std[alive]).mean())
    return Mismatch(float(shift.mean()), float(ratio))
