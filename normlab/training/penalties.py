"""L1 and L2 penalties: their value, and what they do to gradients and weights."""

import torch
import torch.nn.functional as F
from torch import Tensor

from normlab import describe
from normlab.choices import L1Step, Scope
from normlab.config import PenaltyConfig
from normlab.training.model import StudyNet


def mask(model: StudyNet, scope: Scope) -> Tensor:
    """1 for each number of the model that a penalty covers, else 0."""
    covered = describe.covered(model.config, scope)
    return torch.cat(
        [
            torch.full((parameter.numel(),), float(name in covered), dtype=parameter.dtype)
            for name, parameter in model.named_parameters()
        ]
    )


class Penalty:
    """λ₁·Σ|p| + λ₂/2·Σp² over the parameters in each one's scope, without a graph.

    Call `add_gradients` between backward and the optimizer's step, and `shrink` after it. Under SGD, λ₂ equals weight
    decay. `rates` are each number's (`freedom.rates`; None: all 1); what does not learn counts in the value, and stays.
    """

    def __init__(self, config: PenaltyConfig, model: StudyNet, rates: Tensor | None = None) -> None:
        self.l1, self.l2 = config.l1, config.l2
        self.proximal = config.l1_step is L1Step.PROXIMAL
        self._model = model
        self._by_l1, self._by_l2 = mask(model, config.l1_scope), mask(model, config.l2_scope)
        rates = torch.ones_like(model.numbers) if rates is None else rates
        self._shrunk = [(float(rate), (self._by_l1 > 0) & (rates == rate)) for rate in rates.unique() if rate > 0]

    def value(self) -> float:
        """In nats, summed in double precision."""
        if not self.l1 and not self.l2:
            return 0.0
        value, numbers = 0.0, self._model.numbers.double()
        if self.l1:
            value += self.l1 * float((numbers.abs() * self._by_l1).sum())
        if self.l2:
            value += self.l2 / 2 * float((numbers.square() * self._by_l2).sum())
        return value

    def add_gradients(self) -> Tensor | None:
        """Add λ₁·sign(p) (unless the L1 step is proximal) and λ₂·p to the model's gradient; gives what it added."""
        numbers, found = self._model.numbers, None
        if self.l2:
            found = numbers * self._by_l2 * self.l2
        if self.l1 and not self.proximal:
            signs = numbers.sign() * self._by_l1 * self.l1
            found = signs if found is None else found + signs
        if found is not None:
            self._model.gradient += found
        return found

    def shrink(self, lr: float, momentum: float) -> None:
        """The proximal step: move every weight toward zero by its own lr·λ₁/(1-momentum), and not beyond it.

        Soft-thresholding (ISTA: Beck and Teboulle 2009); the factor 1/(1-momentum) gives it the pull that momentum
        gives a constant gradient.
        """
        if self.l1 and self.proximal:
            numbers = self._model.numbers
            for rate, covered in self._shrunk:
                shrunk = F.softshrink(numbers, rate * lr * self.l1 / (1 - momentum))
                numbers.copy_(torch.where(covered, shrunk, numbers))
