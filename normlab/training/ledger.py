"""What training does to each parameter, step by step: lengths, how far and in which direction they move, what pulls."""

from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from normlab.record import Account
from normlab.training import threads
from normlab.training.model import StudyNet

_Array = npt.NDArray[Any]
_ROUNDING = 1e-6
"""A weight that a step brings to less than this part of its length is 0: it has no direction."""


class Ledger:
    """Of one epoch after the other. `open` before a step, `close` after it, `balance` at the end of an epoch."""

    def __init__(self, model: StudyNet) -> None:
        self._model = model
        self._names = [name for name, _ in model.named_parameters()]
        self._edges = np.cumsum([0, *(parameter.numel() for parameter in model.parameters())])
        self._before = model.numbers.numpy().copy()
        self._nothing = np.zeros_like(self._before)
        self._begin()

    def _begin(self) -> None:
        self._steps, self._sums = 0, np.zeros((4, len(self._names)))
        self._last = np.zeros(len(self._names))

    def open(self) -> None:
        """The weights are those before the step."""
        self._before[:] = self._model.numbers.numpy()

    def close(self, gradient: Tensor, penalty: Tensor | None) -> None:
        """They are those after it, on which `gradient` of the data loss and that of the penalty have worked."""
        after, pull = self._model.numbers.numpy(), self._nothing if penalty is None else penalty.numpy()
        w2, d2, wd, g2, p2 = squares(self._before, after, gradient.numpy(), pull, self._edges).T
        length = np.sqrt(w2)
        known = np.maximum(length, np.finfo(np.float64).tiny)
        along = wd / known
        across, ahead = np.sqrt(np.maximum(d2 - along**2, 0)), length + along
        is_left = np.hypot(across, ahead) > _ROUNDING * length
        turned = np.where(is_left & (length > 0), np.degrees(np.arctan2(across, ahead)), 0.0)
        self._last = np.where(length > 0, np.sqrt(d2) / known, 0.0)
        self._sums += self._last, turned, np.sqrt(g2), np.sqrt(p2)
        self._steps += 1

    def balance(self) -> tuple[Account, ...]:
        """An account for each parameter; the next epoch begins."""
        numbers = self._model.numbers.numpy()
        parts = [
            numbers[first:last].astype(np.float64) for first, last in zip(self._edges, self._edges[1:], strict=False)
        ]
        means = self._sums / max(1, self._steps)
        found = tuple(
            Account(
                parameter=name,
                norm=float(np.linalg.norm(part)),
                last_step=float(last),
                step=float(step),
                turn=float(turn),
                data_gradient=float(gradient),
                penalty_gradient=float(pull),
                zeros=float(np.mean(part == 0)),
            )
            for name, part, last, (step, turn, gradient, pull) in zip(
                self._names, parts, self._last, means.T, strict=True
            )
        )
        self._begin()
        return found


def squares(before: _Array, after: _Array, gradient: _Array, penalty: _Array, edges: _Array) -> _Array:
    """(P, 5), in double precision: see `kernels.add_squares`."""
    if threads.HAS_KERNELS:
        from normlab.training import kernels

        sums = np.empty((len(edges) - 1, 5))
        kernels.add_squares(before, after, gradient, penalty, edges, sums)
        return sums
    w, g, p = (values.astype(np.float64) for values in (before, gradient, penalty))
    d = after.astype(np.float64) - w
    return np.stack([np.add.reduceat(product, edges[:-1]) for product in (w * w, d * d, w * d, g * g, p * p)], axis=1)
