"""What is wrong with a network's running statistics: parts of them replaced, one question at a time.

Everything is measured on twins, with dropout off unless it is said; the network itself stays as it was.
"""

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from normlab.training.data import Split, Splits
from normlab.training.evaluate import Evaluation, evaluate, judge
from normlab.training.model import StudyNet
from normlab.training.modes import answers_in_batches, batch_norms, layer_by_layer, reestimated, twin
from normlab.training.seeds import generator

LOW_VARIANCE = 1e-3
FORWARD_BATCHES, _BATCH = 50, 128
THIN_MARGIN = 1.0

Choice = Callable[[str, Tensor], Tensor]
"""Which channels of a block take the batch's statistics: from its name and the batch's variance (C,), a mask (C,)."""


def only(block: str) -> Choice:
    """Every channel of one block."""
    return lambda name, var: torch.full_like(var, name == block, dtype=torch.bool)


def low_variance(name: str, var: Tensor) -> Tensor:
    """The channels, of any block, that hardly vary."""
    return var < LOW_VARIANCE


@torch.no_grad()
def swapped(model: StudyNet, split: Split, choice: Choice) -> float:
    """Accuracy where the chosen channels take the statistics of batches of 1,000 images, the others keep theirs."""
    copy = twin(model).eval()
    for name, norm in batch_norms(copy).items():
        remembered = norm.running_mean.clone(), norm.running_var.clone()
        norm.register_forward_pre_hook(partial(_swap, name, remembered, choice))
    return judge(answers_in_batches(partial(layer_by_layer, copy), split), split).score.accuracy


def _swap(
    name: str, remembered: tuple[Tensor, Tensor], choice: Choice, norm: nn.Module, inputs: tuple[Tensor, ...]
) -> None:
    (x,) = inputs
    var, mean = torch.var_mean(x, (0, 2, 3), correction=0)
    chosen = choice(name, var)
    norm.running_mean = torch.where(chosen, mean, remembered[0])
    norm.running_var = torch.where(chosen, var, remembered[1])


@torch.no_grad()
def after_forward_passes(model: StudyNet, splits: Splits, split: Split, *, is_augmented: bool) -> float:
    """Accuracy with running statistics after 50 training batches, dropout on, were passed with frozen weights."""
    copy = StudyNet(model.config)
    copy.load_state_dict(model.state_dict())
    copy.train()
    order = torch.randperm(len(splits.train), generator=generator(0, "forward passes"))
    augment = generator(0, "forward passes, augmented") if is_augmented else None
    for index in order[: FORWARD_BATCHES * _BATCH].split(_BATCH):
        copy(splits.train.batch(index, augment)[0])
    return evaluate(copy, split).score.accuracy


@torch.no_grad()
def thin_margins(model: StudyNet, split: Split) -> float:
    """Share of images whose two best classes lie less than 1 nat apart, in batch mode."""
    best = answers_in_batches(twin(model).train(), split).topk(2, dim=1).values
    return float((best[:, 0] - best[:, 1] < THIN_MARGIN).double().mean())


def averaged(model: StudyNet, weights: Mapping[str, Tensor], splits: Splits, split: Split) -> Evaluation:
    """`model` with other weights, its statistics measured anew for them."""
    copy = twin(model)
    copy.load_state_dict({**copy.state_dict(), **weights})
    return evaluate(reestimated(copy, splits.train), split)
