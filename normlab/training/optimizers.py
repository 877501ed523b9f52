"""A run's optimizer: torch's SGD or Adam, without torch's compiler.

At an optimizer's first step `torch.optim` imports `torch._dynamo`, and with it SymPy and, where it is installed,
Triton: they are to tell a compiler which functions to pass by. A worker compiles nothing: without them it takes
109 MB less (PyTorch 2.14 with CUDA). Behind the wrappers it is the same code; where a version
of torch wraps it in another way, these are its own optimizers.
"""

from inspect import unwrap
from typing import Any

import torch
from torch import Tensor

from normlab.choices import Optimizer
from normlab.config import OptimConfig
from normlab.training.model import StudyNet


def _without_compiler(step: Any) -> Any:
    return torch.no_grad()(unwrap(step))


class SGD(torch.optim.SGD):
    """As `torch.optim.SGD`."""

    add_param_group = unwrap(torch.optim.Optimizer.add_param_group)
    zero_grad = unwrap(torch.optim.Optimizer.zero_grad)
    step = _without_compiler(torch.optim.SGD.step)


class Adam(torch.optim.Adam):
    """As `torch.optim.Adam`."""

    add_param_group = unwrap(torch.optim.Optimizer.add_param_group)
    zero_grad = unwrap(torch.optim.Optimizer.zero_grad)
    step = _without_compiler(torch.optim.Adam.step)


def make_optimizer(config: OptimConfig, model: StudyNet) -> torch.optim.Optimizer:
    """Of all the model's parameters, as one; or in two groups, the second that of the convolutions with their own rate.

    The first group has the run's learning rate.
    """
    groups = _groups(config, model)
    if config.optimizer is Optimizer.ADAM:
        return Adam(groups, lr=config.lr, fused=True)
    return SGD(groups, lr=config.lr, momentum=config.momentum, fused=True)


def _groups(config: OptimConfig, model: StudyNet) -> list[dict[str, Any]]:
    if config.conv_lr_scale == 1:
        return [{"params": [_learning(model.numbers, model.gradient)]}]
    rest: list[torch.nn.Parameter] = []
    convolutions: list[torch.nn.Parameter] = []
    inner = model.inner_convolutions()
    views = zip(model.named_parameters(), model.views(model.numbers), model.views(model.gradient), strict=True)
    for (name, _), numbers, gradient in views:
        (convolutions if name in inner else rest).append(_learning(numbers, gradient))
    return [{"params": rest}, {"params": convolutions, "lr": config.lr * config.conv_lr_scale}]


def _learning(numbers: Tensor, gradient: Tensor) -> torch.nn.Parameter:
    """A view of the model's numbers for an optimizer."""
    parameter = torch.nn.Parameter(numbers)
    parameter.grad = gradient
    return parameter
