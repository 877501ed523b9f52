"""The ruler of a worksheet: the values that share the chosen cell's statistics, on a number line."""

import math
from itertools import product

from normlab.app.ruler.picture import Made, Picture, Ruler, Sample, Step
from normlab.app.ruler.ruler import draw
from normlab.choices import Norm
from normlab.normmath import EPSILON, Steps
from normlab.numerals import short


def show(norm: Norm, shape: tuple[int, ...], steps: Steps, gamma: float, beta: float) -> None:
    """One element, always."""
    draw(picture(norm, shape, steps, gamma, beta), "worksheet-ruler")


def picture(norm: Norm, shape: tuple[int, ...], steps: Steps, gamma: float = 1.0, beta: float = 0.0) -> Picture:
    """Of the arithmetic of one value in a sheet of `shape` (N, C, H, W)."""
    spec, found = norm.spec, steps.moments
    zero = found.mean if spec.centers else 0.0
    unit = math.sqrt((found.variance if spec.centers else found.square) + EPSILON)
    ends = [0.0, *steps.values, zero - unit, zero + unit]
    room = 0.04 * (max(ends) - min(ends))
    places = product(steps.block.images, steps.block.channels, range(shape[2]), range(shape[3]))
    return Picture(
        norm=norm,
        title=f"{spec.name} as a ruler",
        line="value x",
        low=min(ends) - room,
        high=max(ends) + room,
        samples=tuple(_sample(value, place) for value, place in zip(steps.values, places, strict=True)),
        made=(
            Made(
                name="these values",
                sentence=f"The {found.count} values that share a {spec.statistics[0]} make this ruler.",
                rulers=(Ruler(zero, unit),),
                owners=(0,) * found.count,
                at=steps.values,
            ),
        ),
        gamma=gamma,
        beta=beta if spec.has_beta else 0.0,
        step=Step.DIVIDE,
        sample=steps.position,
    )


def _sample(value: float, place: tuple[int, ...]) -> Sample:
    image, channel, row, column = (at + 1 for at in place)
    return Sample(f"image {image}, channel {channel}, row {row}, column {column}", short(value).replace("-", "−"))
