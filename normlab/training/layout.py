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
    largest = max(row.shape[0] * (row.shape[1] + 2 * max(paddings)) ** 2 for row in describe.layer_table(config))
    places = _Places(0 if keeps else largest)
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
    return Layout(np.array([*rows, mixing], dtype=np.int64), places.values, shapes)


class _Places:
    """Gives out memory: to each activation its own, or to all of them one of two places in turn."""

    def __init__(self, most: int) -> None:
        """`most` values have the two places each; 0: every activation gets its own."""
        self._most, self._turn = most, 0
        self.values = 2 * most

    def next(self, size: int) -> int:
        if self._most:
            self._turn = 1 - self._turn
            return self._turn * self._most
        self.values += size
        return self.values - size
