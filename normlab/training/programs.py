"""The program of a pass: its instructions, and where in memory they find everything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from normlab import cores, describe
from normlab.config import ModelConfig
from normlab.norms import Channels
from normlab.training.kernels import LANES
from normlab.training.kernels import program as op

PARTS = cores.MOST
"""Into so many a batch is cut, whatever the number of threads: sums have one order."""


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """`steps` are what `kernels.run` carries out; `size` numbers and `places` bytes are the memory it needs.

    Memory begins with the network's parameters; after a pass that learns, their gradients begin at `gradients`.
    `nothing` must be 0. `shapes` are each block's channels and height (and width) after its convolution; `rectified`
    (blocks, rows) is where what its ReLU gives begins: a row for each tile if they go together, else for each part.
    """

    steps: npt.NDArray[np.int64]
    size: int
    places: int
    gradients: int
    nothing: slice
    shapes: tuple[tuple[int, int], ...]
    rectified: npt.NDArray[np.int64]
    parts: int


def program(
    config: ModelConfig, starts: Mapping[str, int], parameters: int, images: int, *, together: bool, learns: bool
) -> Program:
    """For a batch of so many images and a network whose `parameters` numbers begin at `starts`.

    A tile goes through the network and back while its activations are in a near cache; `together`, as they must if
    images share statistics, all tiles go through a block, and the threads meet.
    """
    return _Writer(config, starts, parameters, images, together, learns).write()


class _Memory:
    """Hands out memory, in whole lanes."""

    def __init__(self) -> None:
        self.size = 0

    def take(self, values: int) -> int:
        """Where so many begin."""
        start = self.size
        self.size += -(-values // LANES) * LANES
        return start

    def tile(self, channels: int, size: int) -> int:
        """Where a tile's activations (C, size, size·LANES) begin."""
        return self.take(channels * size**2 * LANES)


@dataclass(frozen=True, slots=True)
class _Block:
    """A convolution of the network: `size` is the height of what comes out, `weight` and `bias` where they begin.

    `has_norm`: whether norms follow it.
    """

    inputs: int
    outputs: int
    size: int
    padding: int
    weight: int
    bias: int
    has_norm: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """Where a part works: weights turned, gradients of parameters; a convolution's input, the gradient of its output;
    what the pooling gives, or its gradient, with the places of maxima."""

    turned: int
    gradients: int
    x: int
    g: int
    pooled: int
    places: int


@dataclass(frozen=True, slots=True)
class _Tile:
    """What is kept of a tile: the image, what the ReLUs and the pooling give, with the places of maxima, the averages;
    the gradient of what comes out of a block."""

    image: int
    rectified: Sequence[int]
    pooled: int
    places: int
    means: int
    slope: int


class _Writer:
    def __init__(
        self,
        config: ModelConfig,
        starts: Mapping[str, int],
        parameters: int,
        images: int,
        together: bool,
        learns: bool,
    ) -> None:
        self._parameters, self._images, self._learns = parameters, images, learns
        self._by_channel = all(norm.spec.channels is Channels.ONE for norm in config.norms)
        self._together = together
        self._blocks, (self._mix, self._head), self._mixed = _convolutions(config, starts)
        self._tiles = range(-(-images // LANES))
        self._parts = min(PARTS, len(self._tiles))
        self._parts_of = [part for part in range(self._parts) for _ in range(self._first(part), self._first(part + 1))]
        self._steps: list[list[int]] = []
        self._lay_out()

    def write(self) -> Program:
        if self._learns:
            for number in range(self._parts):
                self._begin(number)
        groups = [self._tiles] if self._together else [range(tile, tile + 1) for tile in self._tiles]
        for tiles in groups:
            self._forward(tiles)
            if self._learns:
                self._back(tiles)
        first = self._part[0].gradients if self._learns else 0
        if self._learns:
            self._meet()
            for part in self._part[1:]:
                self._step(op.SUM, 0, size=self._parameters, source=part.gradients, target=first)
        shapes = tuple((block.outputs, block.size) for block in self._blocks)
        steps = np.array(self._steps, dtype=np.int64)
        nothing = slice(self._nothing, self._nothing + max(channels for channels, _ in shapes))
        rectified = np.array([kept.rectified for kept in self._kept], dtype=np.int64).T
        return Program(steps, self._memory.size, self._places.size, first, nothing, shapes, rectified, self._parts)

    def _lay_out(self) -> None:
        """All that the pass writes to."""
        self._memory, self._places = memory, places = _Memory(), _Memory()
        blocks = self._blocks
        before = blocks[self._mixed]
        memory.take(self._parameters)
        self._nothing = memory.take(max(block.outputs for block in blocks))
        taken = [block.inputs * (block.size + 2) ** 2 for block in blocks]
        taken += [convolution.inputs * convolution.size**2 for convolution in (self._mix, self._head)]
        slope_size = max(block.outputs * block.size**2 for block in blocks)
        gradient_size = max(block.outputs * (block.size + 2 * (2 - block.padding)) ** 2 for block in blocks)
        pooled = self._mix.outputs, before.size // 2
        learnt = int(self._learns)
        self._part = [
            _Part(
                turned=memory.take(learnt * self._parameters),
                gradients=memory.take(learnt * self._parameters),
                x=memory.take(max(taken) * LANES),
                g=memory.take(learnt * gradient_size * LANES),
                pooled=memory.tile(*pooled),
                places=places.tile(*pooled),
            )
            for _ in range(self._parts)
        ]
        rows = self._tiles if self._together else [self._first(part) for part in range(self._parts)]
        self._kept = [self._tile(tile, slope_size, pooled) for tile in rows]

    def _tile(self, tile: int, largest: int, pooled: tuple[int, int]) -> _Tile:
        """If nothing goes back, a tile keeps only what its last block gave."""
        memory, part = self._memory, self._part[self._of(tile)]
        if not self._learns:
            last = memory.take(largest * LANES)
            means = memory.tile(self._blocks[-1].outputs, 1)
            return _Tile(part.x, [last] * len(self._blocks), part.pooled, part.places, means, slope=0)
        return _Tile(
            image=memory.tile(1, describe.IMAGE_SIZE),
            rectified=[memory.tile(block.outputs, block.size) for block in self._blocks],
            pooled=memory.tile(*pooled),
            places=self._places.tile(*pooled),
            means=memory.tile(self._blocks[-1].outputs, 1),
            slope=memory.take(largest * LANES),
        )

    def _begin(self, part: int) -> None:
        where = self._part[part]
        self._step(op.CLEAR, part, target=where.gradients, size=self._parameters)
        for block, taps in (*((block, 3) for block in self._blocks), (self._mix, 1)):
            target = where.turned + block.weight
            weight = {"inputs": block.inputs, "outputs": block.outputs, "taps": taps, "source": block.weight}
            self._step(op.TURN, part, **weight, target=target)

    def _forward(self, tiles: Iterable[int]) -> None:
        for number, block in enumerate(self._blocks):
            for tile in tiles:
                self._convolve(number, block, tile)
            self._normalize(op.NORMALIZE, number, tiles)
        for tile in tiles:
            part, kept = self._part[self._of(tile)], self._kept[self._row(tile)]
            self._scale(len(self._blocks) - 1, tile, border=0)
            self._tile_step(op.CLASSIFY, tile, self._head, source=part.x, target=kept.means)

    def _convolve(self, number: int, block: _Block, tile: int) -> None:
        part, kept = self._part[self._of(tile)], self._kept[self._row(tile)]
        if number == 0:
            self._tile_step(op.TAKE, tile, target=kept.image)
        if number == self._mixed + 1:
            self._scale(self._mixed, tile, border=0)
            self._tile_step(op.MIX, tile, self._mix, source=part.x, target=kept.pooled, places=kept.places)
        source = self._input(number, tile)
        self._tile_step(op.CONVOLVE, tile, block, block=number, source=source, target=kept.rectified[number])

    def _back(self, tiles: Iterable[int]) -> None:
        for tile in tiles:
            kept = self._kept[self._row(tile)]
            self._tile_step(op.HEAD_BACK, tile, self._head, source=kept.means, target=kept.slope)
        for number in reversed(range(len(self._blocks))):
            for tile in tiles:
                kept = self._kept[self._row(tile)]
                self._tile_step(
                    op.SCALE_BACK,
                    tile,
                    self._blocks[number],
                    block=number,
                    source=kept.rectified[number],
                    target=kept.slope,
                )
            self._normalize(op.NORMALIZE_BACK, number, tiles)
            for tile in tiles:
                self._back_through_block(number, tile)

    def _back_through_block(self, number: int, tile: int) -> None:
        """From the gradient of what comes out of a block to that of what the block before gave."""
        part, kept, block = self._part[self._of(tile)], self._kept[self._row(tile)], self._blocks[number]
        border = 2 - block.padding
        relu = {"source": kept.rectified[number], "target": kept.slope, "last": part.g}
        self._tile_step(op.RELU_BACK, tile, block, block=number, border=border, **relu)
        source = self._input(number, tile)
        self._tile_step(op.WEIGHT_BACK, tile, block, border=border, source=source, target=part.g)
        if number == 0:
            return
        is_pooled = number == self._mixed + 1
        self._tile_step(
            op.INPUT_BACK,
            tile,
            _Block(block.outputs, block.inputs, block.size + 2 * (1 - block.padding), 0, 0, -1),
            source=part.g,
            weight=part.turned + block.weight,
            target=part.pooled if is_pooled else kept.slope,
        )
        if is_pooled:
            self._scale(self._mixed, tile, border=0)
            mix = {"source": part.x, "target": part.pooled, "last": kept.slope, "places": kept.places}
            weight = {"weight": part.turned + self._mix.weight, "bias": self._nothing}
            self._tile_step(op.MIX_BACK, tile, self._mix, **mix, **weight)

    def _input(self, number: int, tile: int) -> int:
        """Where a block's convolution finds its input, if need be after the norms of the block before."""
        part, kept = self._part[self._of(tile)], self._kept[self._row(tile)]
        if number == 0:
            return kept.image
        if number == self._mixed + 1:
            return kept.pooled
        self._scale(number - 1, tile, border=self._blocks[number].padding)
        return part.x

    def _scale(self, number: int, tile: int, border: int) -> None:
        source = self._kept[self._row(tile)].rectified[number]
        target = self._part[self._of(tile)].x
        block = self._blocks[number]
        self._tile_step(op.SCALE, tile, block, block=number, border=border, source=source, target=target)

    def _normalize(self, what: int, number: int, tiles: Iterable[int]) -> None:
        """One thread, unless channels have nothing to do with each other. Without a norm `norms.chains` has done it."""
        block = self._blocks[number]
        if not block.has_norm:
            return
        if not self._together:
            for tile in tiles:
                self._norms(what, self._of(tile), number, self._images_of(tile), (0, block.outputs))
            return
        self._meet()
        parts = self._parts if self._by_channel else 1
        edges = [block.outputs * part // parts for part in range(parts + 1)]
        for part in range(parts):
            self._norms(what, part, number, (0, self._images), (edges[part], edges[part + 1]))
        self._meet()

    def _norms(self, what: int, part: int, number: int, images: tuple[int, int], channels: tuple[int, int]) -> None:
        block = self._blocks[number]
        self._step(
            what,
            part,
            block=number,
            first=images[0],
            images=images[1],
            inputs=channels[0],
            last=channels[1],
            outputs=block.outputs,
            size=block.size,
            gradient=self._part[part].gradients,
        )

    def _meet(self) -> None:
        self._step(op.WAIT, 0)

    def _tile_step(self, what: int, tile: int, convolution: _Block | None = None, **fields: int) -> None:
        """An instruction on a tile, whose part does it."""
        part = self._of(tile)
        first, images = self._images_of(tile)
        if convolution is not None:
            gradients, bias = self._part[part].gradients, convolution.bias
            known = {
                "inputs": convolution.inputs,
                "outputs": convolution.outputs,
                "size": convolution.size,
                "weight": convolution.weight,
                "bias": bias if bias >= 0 else self._nothing,
                "gradient": gradients + convolution.weight,
                "bias_gradient": gradients + bias if bias >= 0 else -1,
            }
            fields = known | fields
        self._step(what, part, first=first, images=images, **fields)

    def _step(self, what: int, part: int, **fields: int) -> None:
        """`fields` by their names in `kernels.program`, in small letters."""
        row = [0] * op.FIELDS
        row[op.OP], row[op.PART], row[op.BIAS_GRADIENT] = what, part, -1
        for name, value in fields.items():
            row[getattr(op, name.upper())] = value
        self._steps.append(row)

    def _of(self, tile: int) -> int:
        """The part that a tile belongs to."""
        return self._parts_of[tile]

    def _first(self, part: int) -> int:
        return len(self._tiles) * part // self._parts

    def _row(self, tile: int) -> int:
        """Whose memory a tile has: its own if all are kept, else its part's."""
        return tile if self._together else self._of(tile)

    def _images_of(self, tile: int) -> tuple[int, int]:
        """The first one, and how many."""
        return tile * LANES, min(LANES, self._images - tile * LANES)


def _convolutions(config: ModelConfig, starts: Mapping[str, int]) -> tuple[list[_Block], tuple[_Block, _Block], int]:
    """The blocks, the two 1×1 convolutions, and after which block the first of these comes."""
    blocks: list[_Block] = []
    others: list[_Block] = []
    mixed, size = 0, describe.IMAGE_SIZE
    for stage in describe.stages(config):
        if isinstance(stage, describe.Block):
            size += 2 * stage.padding - 2
            weight, bias = starts[f"{stage.name}.conv.weight"], starts.get(f"{stage.name}.conv.bias", -1)
            has_norm = bool(stage.norms)
            blocks.append(_Block(stage.inputs, stage.outputs, size, stage.padding, weight, bias, has_norm))
        elif isinstance(stage, describe.Pointwise):
            weight, bias = starts[f"{stage.name}.weight"], starts.get(f"{stage.name}.bias", -1)
            mixed = mixed if others else len(blocks) - 1
            others.append(_Block(stage.inputs, stage.outputs, size, 0, weight, bias))
        elif stage.kind == "max":
            size //= stage.size
    return blocks, (others[0], others[1]), mixed
