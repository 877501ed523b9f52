"""Dropout that is left on: what it drops is drawn for each image."""

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from normlab import describe
from normlab.config import ModelConfig
from normlab.images import Indices
from normlab.record import Floats

_WORDS = 2**16


@dataclass(frozen=True, slots=True)
class Dropout:
    """What dropout multiplies the values of a block by: 0 or 1/(1-p), each value with a draw of its own.

    p is rounded to a multiple of 2⁻¹⁶. An image's draws do not depend on who shares its batch; they come from numpy's
    frozen `RandomState`.
    """

    model: ModelConfig
    images: int
    draw: int
    words: dict[str, npt.NDArray[np.uint16]] = field(default_factory=dict)

    def of(self, images: Indices) -> Callable[[str], Floats]:
        """The factors (B, C, H, W) of these images in a block, images innermost in memory."""
        threshold = round(self.model.dropout * _WORDS)
        scale = np.float32(_WORDS / (_WORDS - threshold))

        def factors(block: str) -> Floats:
            kept = np.take(self._drawn(block), images, axis=3) >= threshold
            return (kept * scale).transpose(3, 1, 0, 2)

        return factors

    def _drawn(self, block: str) -> npt.NDArray[np.uint16]:
        """A word for each value, (H, C, W, images)."""
        if block not in self.words:
            channels, height, width = _shapes(self.model)[block]
            shape = (height, channels, width, self.images)
            source = np.random.RandomState(zlib.crc32(f"{self.draw}/{block}".encode()))
            self.words[block] = np.frombuffer(source.bytes(2 * math.prod(shape)), "<u2").reshape(shape)
        return self.words[block]


@lru_cache(maxsize=256)
def _shapes(model: ModelConfig) -> Mapping[str, tuple[int, int, int]]:
    """(C, H, W) of each block's values."""
    rows = {row.name: row.shape for row in describe.layer_table(model)}
    return {block.name: rows[f"{block.name}.conv"] for block in describe.blocks(model)}
