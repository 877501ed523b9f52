"""The same weights with other BatchNorm statistics: running, of the batch, re-estimated. A twin is measured, never the
network itself.

Wu and Johnson 2021 ("Rethinking 'Batch' in BatchNorm") call statistics that are re-estimated with fixed weights
precise; theirs are means over mini-batches, these are the population's.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from normlab import describe
from normlab.choices import Statistics
from normlab.datasets import CLASSES
from normlab.mismatch import Mismatch, mismatch
from normlab.record import ModeScores
from normlab.training.answers import answers
from normlab.training.data import Split, Splits
from normlab.training.evaluate import Evaluation, evaluate, judge
from normlab.training.layers import BatchNorm
from normlab.training.model import StudyNet
from normlab.training.seeds import generator

REESTIMATION_IMAGES = 10_000
BATCH_IMAGES = 1_000


def evaluate_with(statistics: Statistics, model: StudyNet, splits: Splits, *, augmented: bool = False) -> Evaluation:
    """The test images, judged with these statistics; `augmented` re-estimates on augmented training images.

    A network without BatchNorm is the same with all of them.
    """
    if statistics is Statistics.RUNNING or not model.config.remembers:
        return evaluate(model, splits.test)
    if statistics is Statistics.BATCH:
        return evaluate_batches(model, splits.test)
    return evaluate(reestimated(model, splits.train, augmented=augmented), splits.test)


def other_modes(model: StudyNet, splits: Splits) -> ModeScores:
    """What an epoch records beside its test score."""
    batch, precise = (evaluate_with(mode, model, splits) for mode in (Statistics.BATCH, Statistics.REESTIMATED))
    return ModeScores(batch.score, precise.score)


def evaluate_batches(model: StudyNet, split: Split) -> Evaluation:
    """BatchNorm with the statistics of fixed shuffled batches of about 1,000 images, dropout off."""
    return judge(answers_in_batches(partial(answers, twin(model).train()), split), split)


@torch.no_grad()
def answers_in_batches(network: Callable[[Tensor], Tensor], split: Split) -> Tensor:
    """Log-probabilities (N, 10) in the split's order, computed in fixed shuffled batches of about 1,000 images."""
    order = torch.randperm(len(split), generator=generator(0, "test batches"))
    found = torch.empty(len(split), CLASSES)
    for index in order.tensor_split(math.ceil(len(split) / BATCH_IMAGES)):
        found[index] = network(split.batch(index)[0])
    return found


@torch.no_grad()
def reestimated(model: StudyNet, train: Split, *, augmented: bool = False) -> StudyNet:
    """A twin whose BatchNorms hold the population mean and variance of what they see, over 10,000 images or all.

    All images pass as one batch, so that each norm is measured with its predecessors' new statistics in use. It holds
    one layer's activations of all images: 350 MB at most.
    """
    copy, measured = twin(model).eval(), twin(model, bn_momentum=1.0).train()
    order = torch.randperm(len(train), generator=generator(0, "re-estimation"))[:REESTIMATION_IMAGES]
    images, _ = train.batch(order, generator(0, "re-estimation, augmented") if augmented else None)
    answers(measured, images)
    copy.averages.copy_(measured.averages)
    sizes = {row.name.removesuffix(".conv"): row.shape[1] for row in describe.layer_table(model.config)}
    for block, norm in batch_norms(copy).items():
        values = len(images) * sizes[block] ** 2
        norm.running_var *= (values - 1) / values  # what a BatchNorm remembers is the unbiased one
    return copy


def twin(model: StudyNet, bn_momentum: float | None = None) -> StudyNet:
    """A copy with the same weights and statistics, without dropout and ghost batches, if need be with another momentum
    of BatchNorm's averages."""
    momentum = model.config.bn_momentum if bn_momentum is None else bn_momentum
    copy = StudyNet(replace(model.config, dropout=0.0, ghost_batch=0, bn_momentum=momentum))
    copy.load_state_dict(model.state_dict())
    return copy


def layer_by_layer(model: StudyNet, images: Tensor) -> Tensor:
    """What the network answers, each of its modules called by itself, so that hooks on them are heard."""
    x = images
    for layer in model.layers():
        x = layer(x)
    return F.log_softmax(x.flatten(1), dim=1)


def batch_norms(model: StudyNet) -> Mapping[str, BatchNorm]:
    """By the names of their blocks."""
    found = model.named_modules()
    return {name.split(".")[0]: module for name, module in found if isinstance(module, BatchNorm)}


def mismatches(model: StudyNet, population: StudyNet) -> Mapping[str, Mismatch | None]:
    """How far each block's statistics lie from those of `population`, a twin with statistics measured anew."""
    actual = batch_norms(population)
    return {
        block: mismatch(
            norm.running_mean.numpy(),
            norm.running_var.sqrt().numpy(),
            actual[block].running_mean.numpy(),
            actual[block].running_var.sqrt().numpy(),
        )
        for block, norm in batch_norms(model).items()
    }
