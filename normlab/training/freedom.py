"""How far a network's numbers are free: which of them learn, how fast, and which lengths stay as they are."""

import torch
from torch import Tensor

from normlab import describe
from normlab.choices import Trainable
from normlab.config import OptimConfig
from normlab.training.model import StudyNet
from normlab.training.seeds import generator


def rates(config: OptimConfig, model: StudyNet, seed: int) -> Tensor:
    """The learning rate of each of the model's numbers, as a multiple of the run's: 0 where it does not learn."""
    found = torch.ones_like(model.numbers)
    parts = dict(zip((name for name, _ in model.named_parameters()), model.views(found), strict=True))
    for name in model.inner_convolutions():
        parts[name].fill_(config.conv_lr_scale)
    chosen = _chosen(config.trainable, model, seed)
    for name, part in parts.items():
        part.mul_(chosen.get(name, 0.0))
    return found


def _chosen(trainable: Trainable, model: StudyNet, seed: int) -> dict[str, Tensor | float]:
    """What learns, by name: 1, or 1 for each of the numbers that do and 0 for the others."""
    names = [name for name, _ in model.named_parameters()]
    match trainable:
        case Trainable.ALL:
            return dict.fromkeys(names, 1.0)
        case Trainable.NORM:
            return {name: 1.0 for name in names if name.split(".")[1] in model.config.norms}
        case Trainable.HEAD:
            return {name: 1.0 for name in names if name.startswith("head.")}
        case Trainable.RANDOM:
            random = generator(seed, "random weights")
            found: dict[str, Tensor | float] = {}
            for block, count in describe.norm_parameters(model.config).items():
                weight = model.get_parameter(f"{block}.conv.weight")
                mask = torch.zeros(weight.numel(), dtype=weight.dtype)
                mask[torch.randperm(len(mask), generator=random)[:count]] = 1
                found[f"{block}.conv.weight"] = mask.view_as(weight)
            return found


class HeldLengths:
    """Euclidean lengths of all convolutions but the head, as a multiple of the present ones.

    With `weight_norms` 0, or where not all weights learn, none is held.
    """

    def __init__(self, config: OptimConfig, model: StudyNet) -> None:
        is_held = config.weight_norms > 0 and config.trainable is Trainable.ALL
        weights = list(model.inner_convolutions().values()) if is_held else []
        self._held = [(weight, config.weight_norms * _length(weight)) for weight in weights]

    def restore(self) -> None:
        """Set the weights back to their lengths; one that has become 0 has no direction, and stays."""
        for weight, length in self._held:
            if now := _length(weight):
                weight.mul_(length / now)


def _length(weight: Tensor) -> float:
    """In double precision."""
    return float(weight.double().norm())
