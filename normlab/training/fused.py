"""The network in two compiled calls, one forward and one backward: an autograd function around the kernels.

`StudyNet` says what the network is; this gives the same numbers, but for rounding: a test holds both together. Call it
through answers.py.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from normlab.training import kernels, threads
from normlab.training.layers import Pointwise
from normlab.training.model import StudyNet
from normlab.training.workspace import Kind, Loan, remember

torch.empty(30 * 2**20, dtype=torch.uint8)
"""Freed at once: glibc then keeps up to twice as much freed memory, instead of asking for it page by page again."""


def answers(network: StudyNet, images: Tensor) -> Tensor:
    """Log-probabilities (B, 10) for images (B, 1, 28, 28)."""
    *layers, _, head = network.layers()
    assert isinstance(head, Pointwise)
    parameters = [parameter for layer in layers for parameter in layer.parameters(recurse=False)]
    keeps = torch.is_grad_enabled() and any(parameter.requires_grad for parameter in parameters)
    means: Tensor = _Means.apply(network, images, keeps, *parameters)
    return F.log_softmax(F.linear(means.T, head.weight.flatten(1), head.bias), dim=1)


class _Means(torch.autograd.Function):
    """What the last block gives, averaged over the places of a channel: (C, B)."""

    @staticmethod
    def forward(ctx: Any, network: StudyNet, images: Tensor, keeps: bool, *parameters: Tensor) -> Tensor:
        loan = Loan(Kind(network.config, network.training, len(images), images.dtype, keeps))
        work = loan.work
        net = work.net(network, parameters)
        means = torch.empty(work.channels, len(images), dtype=images.dtype)
        pixels = images.flatten(1).contiguous().numpy()
        _on_all_threads(kernels.forward, loan, net, work.chains, pixels, loan.memory, work.places, means.numpy())
        if network.training:
            remember(network, net.running)
        if keeps:
            ctx.loan, ctx.net, ctx.shapes = loan, net, [parameter.shape for parameter in parameters]
        return means

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gmeans: Tensor) -> tuple[Tensor | None, ...]:
        loan, work = ctx.loan, ctx.loan.work
        sizes = [shape.numel() for shape in ctx.shapes]
        gradients = torch.empty(work.parts, sum(sizes), dtype=gmeans.dtype)
        arrays = loan.memory, work.places, loan.around, gradients.numpy()
        _on_all_threads(kernels.backward, loan, ctx.net, work.chains, gmeans.contiguous().numpy(), *arrays)
        by_parameter = zip(gradients[0].split(sizes), ctx.shapes, strict=True)
        return None, None, None, *(gradient.view(shape) for gradient, shape in by_parameter)


_OPEN = 2**62
"""A counter of so many arrivals lets every thread through every barrier of its pass."""


def _on_all_threads(kernel: Callable[..., None], loan: Loan, net: kernels.Net, *arguments: Any) -> None:
    """A pass, its parts shared out among the threads.

    A thread whose part ends early, by an error or by Ctrl-C, opens the barriers: else the others would wait for it,
    awake, for ever. What they compute then is of no use, and nobody sees it.
    """
    count = min(threads.count(), len(net.edges) - 1)
    counter = np.zeros(1, dtype=np.int64)
    others: list[Future[None]] = []
    try:
        for k in range(1, count):
            others.append(_helpers(count - 1).submit(_help, kernel, loan, k, count, counter, net, *arguments))
        kernel(0, count, counter, net, *arguments)
    except BaseException:
        counter[0] = _OPEN
        raise
    finally:
        wait_for(others)
    for other in others:
        other.result()


def _help(
    kernel: Callable[..., None], loan: Loan, thread: int, count: int, counter: npt.NDArray[np.int64], *arguments: Any
) -> None:
    """A helper's part. It holds the loan, for whoever handed it out may be gone before it ends."""
    try:
        kernel(thread, count, counter, *arguments)
    except BaseException:
        counter[0] = _OPEN
        raise


@lru_cache(maxsize=1)
def _helpers(count: int) -> ThreadPoolExecutor:
    """They sleep between two passes: threads that wait awake take the cores from whoever else has work."""
    return ThreadPoolExecutor(count, "kernels")
