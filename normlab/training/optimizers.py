"""A run's optimizer: torch's SGD or Adam, without torch's compiler.

At an optimizer's first step `torch.optim` imports `torch._dynamo`, and with it SymPy and, where it is installed,
Triton: they are to tell a compiler which functions to pass by. A worker compiles nothing: without them it takes
109 MB less (PyTorch 2.14 with CUDA). Behind the wrappers it is the same code; where a version
of torch wraps it in another way, these are its own optimizers.
"""

from inspect import unwrap
from typing import Any

import torch

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
    """Of all the model's parameters, as one."""
    whole = torch.nn.Parameter(model.numbers)
    whole.grad = model.gradient
    parameters = [whole]
    if config.optimizer is Optimizer.ADAM:
        return Adam(parameters, lr=config.lr, fused=True)
    return SGD(parameters, lr=config.lr, momentum=config.momentum, fused=True)
