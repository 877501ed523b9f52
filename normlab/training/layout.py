"""Where the kernels find a network's activations and parameters in memory: numbers, from what `describe` says."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from normlab import describe
from normlab.config import ModelConfig
from normlab.training import kernels


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """`table` is the kernels' (see `kernels.INPUTS` and what follows it), `values` what one image takes; `shapes` are
    each block's channels and places after its convolution."""

    table: npt.NDArray[np.int64]
    values: int
    shapes: tuple[tuple[int, int], ...]

    @property
    def widest(self) -> int:
        """Values of one image in the largest activation with its border of two."""
        sides = self.table[:, kernels.SIZE] + 2
        return int((self.table[:, [kernels.INPUTS, kernels.OUTPUTS]].max(1) * sides**2).max())

    @property
    def pooled(self) -> int:
        """Values of one image after the pooling."""
        return int(self.table[-1, kernels.OUTPUTS] * (self.table[-1, kernels.SIZE] // 2) ** 2)


def layout(config: ModelConfig, starts: Mapping[str, int], *, keeps: bool) -> Layout:
    """Of a network whose parameters begin at `starts`.

    With `keeps` every activation has its own memory; without, two places take turns, since a layer needs only what the
    one before it gave.
    """
    stages = [stage for stage in describe.stages(config) if not isinstance(stage, describe.Pool)][:-1]
    paddings = [stage.padding if isinstance(stage, describe.Block) else 0 for stage in stages]
    places = _Places()
    rows: list[list[int]] = []
    mixing: list[int] = []
    size, x = describe.IMAGE_SIZE, 0
    for stage, padding, border in zip(stages, paddings, [*paddings[1:], 0], strict=True):
        size += 2 * padding
        if not rows:
            x = places.next(stage.inputs * size**2)
        if isinstance(stage, describe.Block):
            z = places.next(stage.outputs * (size - 2) ** 2)
            y = places.next(stage.outputs * (size - 2 + 2 * border) ** 2)
            where = starts[f"{stage.name}.conv.weight"], starts.get(f"{stage.name}.conv.bias", -1)
            rows.append([stage.inputs, stage.outputs, size, border, *where, x, z, y])
            size -= 2
        else:
            y = places.next(stage.outputs * (size // 2) ** 2)
            where = starts[f"{stage.name}.weight"], starts.get(f"{stage.name}.bias", -1)
            mixing = [stage.inputs, stage.outputs, size, 0, *where, x, x, y]
            size //= 2
        x = y
    shapes = tuple((row[kernels.OUTPUTS], (row[kernels.SIZE] - 2) ** 2) for row in rows)
    table = np.array([*rows, mixing], dtype=np.int64)
    if not keeps:
        table[:, kernels.X :] = places.in_turn(table[:, kernels.X :])
    return Layout(table, sum(places.sizes) if keeps else 2 * max(places.sizes), shapes)


class _Places:
    """Gives out memory, to each activation its own."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def next(self, size: int) -> int:
        self.sizes.append(size)
        return sum(self.sizes[:-1])

    def in_turn(self, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The same activations, in one of two places in turn."""
        given = np.cumsum([0, *self.sizes[:-1]])
        turns: npt.NDArray[np.int64] = np.searchsorted(given, starts) % 2 * max(self.sizes)
        return turns
