"""What a stress does to a network's weights, what would repair it, and statistics that are measured again."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from normlab import describe, inference
from normlab.choices import Norm
from normlab.config import ModelConfig
from normlab.inference import Mode, Weights
from normlab.record import Floats
from normlab.stresses.settings import Stress


def scaled_convolutions(model: ModelConfig) -> tuple[str, ...]:
    """The weights that a stress scales, by their names in the state dict."""
    return tuple(f"{name}.weight" for name in describe.inner_convolutions(model))


@lru_cache(maxsize=256)
def repair(model: ModelConfig) -> Mapping[str, int]:
    """What mends a network whose convolutions were multiplied by s: each array that must change with them, and which
    power of s it must be multiplied by.

    Behind p scaled convolutions in a row every value is s^p times what it was, if biases are multiplied by s^p too:
    ReLU, dropout and pooling keep the factor. A norm divides it out, where what it remembers has it: means s^p,
    variances s^2p. Behind a norm the count starts anew; so block 3, which follows the 1×1 convolution, has p = 2.
    Without a norm it never does: all logits are multiplied by one factor, and answers stay what they were.
    """
    powers: dict[str, int] = {}
    count, scaled = 0, scaled_convolutions(model)
    for stage in describe.stages(model):
        if isinstance(stage, describe.Pool):
            continue
        name = _convolution(stage)
        count += f"{name}.weight" in scaled
        if describe.has_bias(model):
            powers[f"{name}.bias"] = count
        for norm in stage.norms if isinstance(stage, describe.Block) else ():
            if norm.spec.remembers:
                mean, variance = (f"{stage.name}.{norm}.{part}" for part in norm.spec.buffers)
                powers |= {mean: count, variance: 2 * count}
            count = 0
    return {name: power for name, power in powers.items() if power}


def altered(stress: Stress, model: ModelConfig, weights: Weights) -> Weights:
    """The network's weights as the stress leaves them."""
    factor = np.float32(stress.weight_scale)
    if factor == 1:
        return weights
    powers = {**dict.fromkeys(scaled_convolutions(model), 1), **(repair(model) if stress.repaired else {})}
    return {name: value * factor ** powers[name] if name in powers else value for name, value in weights.items()}


def remeasured(model: ModelConfig, weights: Weights, images: Floats) -> Weights:
    """The weights, with what norms remember measured again on these images: as one batch, dropout off.

    So each norm is measured with its predecessors' new statistics in use, as in `training.modes.reestimated`.
    """
    found = dict(weights)
    for output in inference.outputs(model, weights, images, Mode(batches=1), lasting=False):
        if output.moments is not None and (parts := Norm(output.step).spec.buffers):
            moments = (output.moments.mean[:, 0], output.moments.spread[:, 0])
            found |= {f"{output.stage}.{output.step}.{part}": of for part, of in zip(parts, moments, strict=True)}
    return found


def _convolution(stage: describe.Block | describe.Pointwise) -> str:
    return f"{stage.name}.conv" if isinstance(stage, describe.Block) else stage.name
