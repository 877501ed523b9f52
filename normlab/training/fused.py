"""The network's stages in few passes over memory: autograd functions around the kernels.

Activations lie in memory as (C, H, W, B). `StudyNet` says what the network is; this gives the same numbers, but for
rounding: a test holds both together. Call it through answers.py.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from normlab.training import kernels
from normlab.training.layers import KEEP_ALL, Draw, Dropout, Pointwise
from normlab.training.norms import Chain

torch.empty(30 * 2**20, dtype=torch.uint8)
"""Freed at once: glibc then keeps up to twice as much freed memory, instead of asking for it page by page again."""


def answers(network: nn.Module, images: Tensor) -> Tensor:
    """Log-probabilities (B, 10) of a `StudyNet`, for images (B, 1, H, W)."""
    stages = list(network.children())
    first, second, *blocks = [stage for stage in stages if isinstance(stage, nn.Sequential)]
    transition, last = [stage for stage in stages if isinstance(stage, Pointwise)]
    x = images.permute(1, 2, 3, 0).contiguous()
    x = mix_pool(transition, block(second, block(first, x)))
    for layers in blocks:
        x = block(layers, x)
    return F.log_softmax(head(last, x), dim=1)


def block(layers: nn.Sequential, x: Tensor) -> Tensor:
    """3×3 convolution, ReLU, dropout and norms: (C, H, W, B) to (O, H', W', B)."""
    named = dict(layers.named_children())
    conv, dropout = named.pop("conv"), named.pop("dropout", None)
    before, after = KEEP_ALL, KEEP_ALL
    if isinstance(dropout, Dropout):
        is_first = list(layers.children()).index(dropout) == 2
        before, after = (dropout.draw(), KEEP_ALL) if is_first else (KEEP_ALL, dropout.draw())
    norms = [layer for name, layer in named.items() if name != "relu"]
    assert isinstance(conv, nn.Conv2d)
    padding = int(conv.padding[0])
    if padding:
        x = F.pad(x, (0, 0, padding, padding, padding, padding))
    parameters = [parameter for norm in norms for parameter in norm.parameters()]
    y: Tensor = _Block.apply(x, conv.weight, conv.bias, before, after, norms, *parameters)
    return y


def mix_pool(mix: Pointwise, x: Tensor) -> Tensor:
    """1×1 convolution and 2×2 max pooling: (C, H, W, B) to (O, H/2, W/2, B)."""
    y: Tensor = _MixPool.apply(x, mix.weight, mix.bias)
    return y


def head(mix: Pointwise, x: Tensor) -> Tensor:
    """Average over all places and a 1×1 convolution: (C, H, W, B) to logits (B, O)."""
    return F.linear(x.mean(dim=(1, 2)).T, mix.weight.flatten(1), mix.bias)


class _Block(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        before: Draw,
        after: Draw,
        norms: list[nn.Module],
        *parameters: Tensor,
    ) -> Tensor:
        outputs, (height, width, images) = len(weight), x.shape[1:]
        z = x.new_empty(outputs, height - 2, width - 2, images)
        sums, squares = x.new_empty(2, height - 2, outputs, images)
        offset = torch.zeros(outputs, dtype=x.dtype) if bias is None else bias
        kernels.convolve_relu(
            height - 2,
            _flat(x),
            _array(weight),
            _array(offset),
            _flat(z),
            images,
            _array(sums),
            _array(squares),
            *_numbers(before, x),
        )
        totals = sums.sum(0, dtype=torch.float64), squares.sum(0, dtype=torch.float64)
        chain = Chain(norms, *totals, (height - 2) * (width - 2))
        scaling = torch.from_numpy(chain.scale_shift()).to(x.dtype)
        y = torch.empty_like(z)
        kernels.scale_shift(_flat(z), _array(scaling[0]), _array(scaling[1]), _flat(y), images, *_numbers(after, x))
        ctx.save_for_backward(x, weight, z, scaling)
        ctx.chain = chain
        ctx.before, ctx.after, ctx.has_bias = before, after, bias is not None
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gy: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, z, scaling = ctx.saved_tensors
        (outputs, inputs), images = weight.shape[:2], x.shape[3]
        gy = gy.clone(memory_format=torch.contiguous_format) if ctx.after.threshold else gy.contiguous()
        gradients = torch.empty(2, outputs, images, dtype=x.dtype)
        kernels.scale_shift_gradient(
            _flat(z), _flat(gy), images, *_numbers(ctx.after, x), _array(gradients[0]), _array(gradients[1])
        )
        by_sums, by_gamma, by_beta = ctx.chain.gradients(_array(gradients))
        by_sum, by_square = torch.from_numpy(by_sums).to(x.dtype)
        by_parameter = [torch.from_numpy(g).to(x.dtype) for pair in zip(by_gamma, by_beta, strict=True) for g in pair]
        gz = torch.empty(outputs, z.shape[1] + 4, z.shape[2] + 4, images, dtype=x.dtype)
        kernels.relu_gradient(
            _flat(z),
            _flat(gy),
            _array(scaling[0]),
            _array(by_sum),
            _array(by_square),
            images,
            _like(ctx.before.scale, x),
            2,
            _flat(gz),
        )
        rows = torch.empty(z.shape[1], *weight.shape, dtype=x.dtype)
        kernels.weight_gradient(len(rows), _flat(x), _flat(gz), 2, images, _array(rows))
        gx = None
        if ctx.needs_input_grad[0]:
            gx = torch.empty_like(x)
            turned = weight.flip(2, 3).transpose(0, 1).contiguous()
            kernels.convolve(
                x.shape[1], _flat(gz), _array(turned), _array(torch.zeros(inputs, dtype=x.dtype)), _flat(gx), images
            )
        by_bias = gz.sum((1, 2, 3)) if ctx.has_bias else None
        return gx, rows.sum(0), by_bias, None, None, None, *by_parameter


class _MixPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        outputs, (height, width, images) = len(weight), x.shape[1:]
        y = x.new_empty(outputs, height // 2, width // 2, images)
        places = torch.empty(y.shape, dtype=torch.uint8)
        offset = torch.zeros(outputs, dtype=x.dtype) if bias is None else bias
        kernels.mix_pool(
            height // 2, _flat(x), _array(weight.flatten(1)), _array(offset), _flat(y), _flat(places), images
        )
        ctx.save_for_backward(x, weight, places)
        ctx.has_bias = bias is not None
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gy: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, places = ctx.saved_tensors
        gy = gy.contiguous()
        gx = torch.empty_like(x)
        rows = torch.empty(gy.shape[1], *weight.shape[:2], dtype=x.dtype)
        kernels.mix_pool_gradient(
            len(rows),
            _flat(x),
            _array(weight.flatten(1)),
            _flat(gy),
            _flat(places),
            x.shape[3],
            _flat(gx),
            _array(rows),
        )
        return gx, rows.sum(0).view_as(weight), gy.sum((1, 2, 3)) if ctx.has_bias else None


def _array(x: Tensor) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = x.detach().numpy()
    return array


def _flat(x: Tensor) -> np.ndarray[Any, Any]:
    """(C, H, W, B) as the kernels' (C, H, W·B)."""
    return _array(x.flatten(2))


def _like(value: float, x: Tensor) -> Any:
    return np.float64(value) if x.dtype is torch.float64 else np.float32(value)


def _numbers(draw: Draw, x: Tensor) -> tuple[Any, ...]:
    return np.uint32(draw.key), np.uint32(draw.threshold), _like(draw.scale, x)
