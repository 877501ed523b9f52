"""What the browser gets: the network as data, a kept epoch's weights, the images that share a batch. Knows no page.

Weights travel as float32 to the last bit: the bytes of all numbers sorted by their place in a number, then deflated.
Those of half precision, as a run keeps all epochs but its last, take less than two bytes each so.
"""

import base64
import zlib
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from normlab import images
from normlab.charts.theme import STAGE_NAMES
from normlab.choices import BLOCK_CHANNELS, Norm
from normlab.config import ModelConfig, RunConfig
from normlab.describe import (
    IMAGE_SIZE,
    Block,
    Pointwise,
    Pool,
    Stage,
    has_bias,
    layer_table,
    stages,
    tensor_shapes,
)
from normlab.images import Bytes
from normlab.inference import Weights
from normlab.norms import Sharing
from normlab.store import Run

MOST_IMAGES = 12
"""In the batch of the training view, if the run's own batches have as many: what 60 KB leave room for."""

_KERNEL = 3


def batch_size(config: RunConfig) -> int:
    """Images in the batch of the training view, the one that is looked at included."""
    return min(MOST_IMAGES, config.optim.batch_size)


@lru_cache(maxsize=8)
def neighbors(config: RunConfig) -> Bytes:
    """The other images of that batch, (B, 28, 28): the first training images of the run, which hold each class in its
    share, as they are without augmentation.

    Raises:
        DataProblem: if the data set is not here.
    """
    known = images.load(config.data.dataset, validation=config.data.validation)
    return images.training_subset(known, config.data).images[: batch_size(config) - 1]


@lru_cache(maxsize=128)
def weights(run: Run, epoch: int) -> str:
    """The weights of a kept epoch, packed.

    Raises:
        KeyError: if the run has no snapshot of that epoch.
        Damage: if the snapshot is not what it was.
    """
    return packed(run.config.model, run.snapshot(epoch).weights)


def packed(model: ModelConfig, weights: Weights) -> str:
    """All arrays of a state dict, in the order of `describe.tensor_shapes`, as base64 text."""
    flat = np.concatenate([np.asarray(weights[name], dtype="<f4").ravel() for name in tensor_shapes(model)])
    return deflated(flat.view(np.uint8).reshape(-1, 4).T)


def deflated(values: npt.NDArray[np.uint8]) -> str:
    """The bytes in the array's order, in zlib's format, as base64 text."""
    return base64.b64encode(zlib.compress(values.tobytes(), level=9)).decode("ascii")


@lru_cache(maxsize=64)
def network(model: ModelConfig, count: int) -> dict[str, Any]:
    """The architecture for a batch of `count` images: its stages in order.

    A norm says for each image, and in a stage for each channel, which statistic it belongs to (`NormSpec.sharing`):
    values share one where both numbers are equal.
    """
    return {
        "stages": [_stage(stage, model, count) for stage in stages(model)],
        "norms": {str(norm): _norm(norm, model, count) for norm in model.norms},
        "biases": has_bias(model),
        "input": IMAGE_SIZE,
    }


def _stage(stage: Stage, model: ModelConfig, count: int) -> dict[str, Any]:
    rows = [row for row in layer_table(model) if row.name.split(".")[0] == stage.name]
    channels, size, _ = rows[-1].shape
    parameters = sum(row.parameters for row in rows)
    inputs = channels if isinstance(stage, Pool) else stage.inputs
    shown = {"key": stage.name, "inputs": inputs, "channels": channels, "size": size}
    match stage:
        case Block():
            name = stage.name.replace("block", "Block ")
            steps = ", ".join(_step(step, model) for step in stage.steps)
            does = f"3×3 convolution, {stage.inputs} → {stage.outputs} channels, ReLU{', ' if steps else ''}{steps}"
            sharing = {str(norm): _sharing(norm, model, count, stage.outputs).channels for norm in stage.norms}
            own = {"kind": "block", "kernel": _KERNEL, "padding": stage.padding, "norms": sharing}
        case Pointwise():
            name = "Head" if stage.name == "head" else "1×1"
            does = f"1×1 convolution, {stage.inputs} → {stage.outputs} channels"
            own = {"kind": "pointwise", "kernel": 1, "padding": 0, "norms": {}}
        case Pool():
            name = "Max" if stage.kind == "max" else "Mean"
            does = f"{'largest' if stage.kind == 'max' else 'mean'} of each {stage.size}×{stage.size}"
            own = {"kind": stage.kind, "kernel": stage.size, "padding": 0, "norms": {}}
    told = f"{name}: {does}. Output {channels} × {size} × {size}."
    return {**shown, **own, "name": name, "told": f"{told} {parameters:,} parameters." if parameters else told}


def _step(step: str, model: ModelConfig) -> str:
    return f"dropout {model.dropout:g}" if step == "dropout" else Norm(step).spec.title(model.groups)


def _norm(norm: Norm, model: ModelConfig, count: int) -> dict[str, Any]:
    spec = norm.spec
    return {
        "key": spec.key,
        "name": STAGE_NAMES[spec.key],
        "centers": spec.centers,
        "remembers": spec.remembers,
        "buffers": spec.buffers,
        "parameters": spec.parameters,
        "statistics": spec.statistics,
        "images": _sharing(norm, model, count, BLOCK_CHANNELS[model.widths][0]).images,
    }


def _sharing(norm: Norm, model: ModelConfig, count: int, channels: int) -> Sharing:
    return norm.spec.sharing(count, channels, model.groups, model.ghost_batch)


def is_cell(text: str, model: ModelConfig) -> bool:
    """Whether it names a value of a map: "block3.bn.5.4.7" is channel 5, row 4, column 7 behind block 3's BatchNorm."""
    layer, *places = text.rsplit(".", 3)
    shape = next((row.shape for row in layer_table(model) if row.name == layer), None)
    if shape is None or len(places) != len(shape) or layer.endswith(("conv", "dropout")) or layer == "output":
        return False
    return all(
        place.isascii() and place.isdecimal() and len(place) < 3 and 1 <= int(place) <= most
        for place, most in zip(places, shape, strict=True)
    )
