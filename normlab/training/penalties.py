"""L1 and L2 penalties: their value, and what they do to gradients and weights."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from normlab.choices import L1Step, Scope
from normlab.config import PenaltyConfig


def covered(model: nn.Module, scope: Scope) -> list[nn.Parameter]:
    """The parameters a penalty covers; convolution weights have four dimensions, γ, β and biases one."""
    return [parameter for name, parameter in model.named_parameters() if _is_covered(name, parameter.dim(), scope)]


def _is_covered(name: str, dimensions: int, scope: Scope) -> bool:
    match scope:
        case Scope.ALL:
            return True
        case Scope.INNER:
            return not name.startswith("head.") and not (name.startswith("block6.") and dimensions == 1)
        case Scope.WEIGHTS:
            return dimensions == 4
        case Scope.GAMMA:
            return dimensions == 1 and name.endswith("weight")


class Penalty:
    """λ₁·Σ|p| + λ₂/2·Σp² over the parameters in each one's scope, without a graph.

    Call `add_gradients` between backward and the optimizer's step, and `shrink` after it. Under SGD, λ₂ equals weight
    decay.
    """

    def __init__(self, config: PenaltyConfig, model: nn.Module) -> None:
        self.l1, self.l2 = config.l1, config.l2
        self.proximal = config.l1_step is L1Step.PROXIMAL
        self.l1_parameters = covered(model, config.l1_scope) if self.l1 else []
        self.l2_parameters = covered(model, config.l2_scope) if self.l2 else []

    def value(self) -> float:
        """In nats, summed in double precision."""
        value = 0.0
        if self.l1_parameters:
            value += self.l1 * float(_flat(self.l1_parameters).abs().sum())
        if self.l2_parameters:
            value += self.l2 / 2 * float(_flat(self.l2_parameters).square().sum())
        return value

    @torch.no_grad()
    def add_gradients(self) -> None:
        """Add λ₁·sign(p) (unless the L1 step is proximal) and λ₂·p to the gradients."""
        for parameter in self.l2_parameters:
            _gradient(parameter).add_(parameter, alpha=self.l2)
        for parameter in self.l1_parameters if not self.proximal else ():
            _gradient(parameter).add_(parameter.sign(), alpha=self.l1)

    @torch.no_grad()
    def shrink(self, lr: float, momentum: float) -> None:
        """The proximal step: move every weight toward zero by lr·λ₁/(1-momentum), and not beyond it.

        Soft-thresholding (ISTA: Beck and Teboulle 2009); the factor 1/(1-momentum) gives it the pull that momentum
        gives a constant gradient.
        """
        for parameter in self.l1_parameters if self.proximal else ():
            parameter.copy_(F.softshrink(parameter, lr * self.l1 / (1 - momentum)))


def _flat(parameters: list[nn.Parameter]) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in parameters]).double()


def _gradient(parameter: nn.Parameter) -> Tensor:
    assert parameter.grad is not None, "call backward first"
    return parameter.grad
