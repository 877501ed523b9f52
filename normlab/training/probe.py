"""Per-layer statistics of a network on a fixed batch; the network is left exactly as it was."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from normlab import describe
from normlab.record import Floats, Histogram, LayerStats, NormState, StageStats, WeightStats
from normlab.training import threads
from normlab.training.data import Split
from normlab.training.layers import BatchNorm, Dropout
from normlab.training.model import StudyNet

if TYPE_CHECKING:
    from normlab.training.fused import Stage

PROBE_IMAGES = 128
"""Few enough that the statistics of an epoch of `digits` take a tenth of its time."""

_HISTOGRAM_IMAGES, _BINS = 32, 40
_SMALL = 1e-3
_LARGEST = float(np.finfo(np.float16).max)
"""Arrays are kept in half precision: larger values are cut to its range."""


def layer_statistics(model: StudyNet, split: Split) -> tuple[LayerStats, ...]:
    """One forward and backward pass of the data loss over the first 128 images, each convolution's record in order.

    BatchNorm uses the batch's statistics, as in training, and its running averages do not move; dropout is off.
    """
    images, labels = split.first(PROBE_IMAGES).batch(slice(None))
    see = _compiled if threads.HAS_KERNELS else _watch
    stages, gradients = see(model, images, labels)
    return tuple(
        LayerStats(
            layer, _weights(weight.detach(), gradients[name]), tuple(stages.get(layer, ())), _norms(model, layer)
        )
        for name, weight in model.named_parameters()
        if weight.dim() == 4
        for layer in (name.split(".")[0],)
    )


_Seen = tuple[Mapping[str, Sequence[StageStats]], Mapping[str, Tensor]]
"""Each block's stages, and each parameter's gradient."""


def _compiled(model: StudyNet, images: Tensor, labels: Tensor) -> _Seen:
    """By the kernels."""
    from normlab.training.fused import observe

    found, flat = observe(model, images, labels, shown=_HISTOGRAM_IMAGES, bins=_BINS)
    stages = {
        block.name: [_told(str(name), stage) for name, stage in zip(("relu", *block.norms), seen, strict=True)]
        for block, seen in zip(describe.blocks(model.config), found, strict=True)
    }
    names = [name for name, _ in model.named_parameters()]
    return stages, dict(zip(names, model.views(flat), strict=True))


def _told(name: str, stage: "Stage") -> StageStats:
    mean, std, zeros = (_half(values) for values in (stage.mean, stage.std, stage.zeros))
    shares = _half(stage.counts / max(1.0, stage.counts.sum()))
    return StageStats(name, mean, std, zeros, Histogram(stage.low, stage.high, shares))


def _watch(model: StudyNet, images: Tensor, labels: Tensor) -> _Seen:
    """By listening to torch's modules."""
    stages: dict[str, list[StageStats]] = {}
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    names, parameters = zip(*model.named_parameters(), strict=True)
    with torch.enable_grad(), _as_in_training(model), _watched(model, stages):
        loss = F.nll_loss(torch.func.functional_call(model, buffers, (images,)), labels)
        gradients = torch.autograd.grad(loss, parameters)
    return stages, dict(zip(names, gradients, strict=True))


@contextmanager
def _as_in_training(model: StudyNet) -> Iterator[None]:
    modes = {module: module.training for module in model.modules()}
    for module in modes:
        module.training = not isinstance(module, Dropout)
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


@contextmanager
def _watched(model: StudyNet, stages: dict[str, list[StageStats]]) -> Iterator[None]:
    """Fill `stages` with the statistics of what each block's ReLU and norms put out, while the network runs."""
    handles: list[RemovableHandle] = []
    for block in describe.blocks(model.config):
        found = stages.setdefault(block.name, [])
        for name in ("relu", *block.norms):
            module = model.get_submodule(f"{block.name}.{name}")
            handles.append(module.register_forward_hook(partial(_hear, found, str(name))))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _hear(found: list[StageStats], name: str, module: nn.Module, inputs: object, output: Tensor) -> None:
    found.append(_stage(name, output.detach()))


def _stage(name: str, x: Tensor) -> StageStats:
    """Per-channel statistics of activations (B, C, H, W), and the histogram of the first images' values."""
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    std = (x - mean).square_().mean(dim=(0, 2, 3)).sqrt()  # several times faster here than torch.std
    zeros = 1 - torch.count_nonzero(x, dim=(0, 2, 3)) / (x.numel() / x.shape[1])
    return StageStats(name, _floats(mean.flatten()), _floats(std), _floats(zeros), _histogram(x[:_HISTOGRAM_IMAGES]))


def _histogram(x: Tensor) -> Histogram:
    low, high = (float(edge) for edge in x.aminmax())
    if not low < high:
        high = low + max(1.0, abs(low) * 1e-3)
    counts = torch.histc(x, _BINS, low, high)
    return Histogram(low, high, _floats(counts / counts.sum()))


def _weights(weight: Tensor, gradient: Tensor) -> WeightStats:
    size = weight.detach().abs()
    return WeightStats(
        norm=float(weight.detach().norm()),
        zeros=float((size == 0).float().mean()),
        small=float((size < _SMALL).float().mean()),
        gradient_norm=float(gradient.norm()),
    )


def _norms(model: StudyNet, layer: str) -> tuple[NormState, ...]:
    if not layer.startswith("block"):
        return ()
    norms = describe.block(model.config, layer).norms
    return tuple(_norm(str(name), model.get_submodule(f"{layer}.{name}")) for name in norms)


def _norm(name: str, module: nn.Module) -> NormState:
    gamma, beta = module.weight, module.bias
    assert isinstance(gamma, Tensor)
    assert beta is None or isinstance(beta, Tensor)
    mean = std = None
    if isinstance(module, BatchNorm):
        mean, std = _floats(module.running_mean), _floats(module.running_var.sqrt())
    return NormState(name, _floats(gamma), None if beta is None else _floats(beta), mean, std)


def _floats(values: Tensor) -> Floats:
    return _half(values.detach().numpy())


def _half(values: npt.NDArray[Any]) -> Floats:
    array: Floats = np.clip(values, -_LARGEST, _LARGEST).astype(np.float32)
    return array
