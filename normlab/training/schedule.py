"""The learning rate over a run."""

import torch
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau

from normlab.choices import Schedule
from normlab.config import OptimConfig
from normlab.record import Score

_FACTOR, _PATIENCE, _LOWEST = 0.5, 2, 0.001
"""The study's plateau rule: halve the rate after more than two epochs without a lower loss, down to 0.001."""


class LearningRate:
    """Moves an optimizer's learning rate as the configuration's schedule says; `steps` is the run's length.

    Groups with another rate than the first one's keep their ratio to it.
    """

    def __init__(self, config: OptimConfig, optimizer: torch.optim.Optimizer, steps: int) -> None:
        self._optimizer = optimizer
        self._schedule = config.schedule
        self._cycle = self._plateau = None
        rates = [group["lr"] for group in optimizer.param_groups]
        if config.schedule is Schedule.ONE_CYCLE:
            self._cycle = OneCycleLR(optimizer, rates, total_steps=steps, cycle_momentum=False)
        elif config.schedule is not Schedule.CONSTANT:
            lowest = [_LOWEST * (rate / config.lr) for rate in rates]
            self._plateau = ReduceLROnPlateau(optimizer, factor=_FACTOR, patience=_PATIENCE, min_lr=lowest)

    @property
    def now(self) -> float:
        return float(self._optimizer.param_groups[0]["lr"])

    def after_step(self) -> None:
        if self._cycle:
            self._cycle.step()

    def after_epoch(self, test: Score, validation: Score | None) -> None:
        if self._plateau:
            watched = validation if self._schedule is Schedule.PLATEAU_VALIDATION else test
            assert watched is not None, "the configuration was checked to have a validation split"
            self._plateau.step(watched.loss)
