"""What training did to the parameters: how long they are, how far a step turns them, what pulls at them."""

from collections.abc import Sequence
from dataclasses import astuple
from math import log10, nan, prod

import pandas as pd

from normlab import describe
from normlab import movement as movements
from normlab.choices import Scope
from normlab.record import Account, EpochEnd
from normlab.store import Run


def ledger_epochs(run: Run) -> list[int]:
    """Epochs whose ledger was kept."""
    return [end.epoch for end in _kept(run)]


def ledger_at(run: Run, epoch: int) -> tuple[Account, ...]:
    """The accounts of one epoch.

    Raises:
        LookupError: if that epoch kept none.
    """
    for end in _kept(run):
        if end.epoch == epoch:
            return end.ledger
    raise LookupError(f"Epoch {epoch} has no ledger.")


def movement(runs: Sequence[Run], labels: Sequence[str]) -> pd.DataFrame:
    """Columns epoch, run (its label), length, turn: as in `Movement`, a row an epoch."""
    rows = [
        (end.epoch, label, *astuple(movements.movement(run.config.model, end.ledger)))
        for run, label in zip(runs, labels, strict=True)
        for end in _kept(run)
    ]
    return pd.DataFrame(rows, columns=["epoch", "run", "length", "turn"])


def accounts(run: Run) -> pd.DataFrame:
    """Columns epoch, layer, turn (degrees a step), step (log10 of ‖Δw‖/‖w‖), gradient, power (its log10): of every
    convolution's weights, means over the epoch's steps. A logarithm of 0 is NaN.
    """
    layers = {
        name: name.removesuffix(".weight").removesuffix(".conv")
        for name in describe.covered(run.config.model, Scope.WEIGHTS)
    }
    rows = [
        (end.epoch, layers[account.parameter], account.turn, _log(account.step), *_powered(account.data_gradient))
        for end in _kept(run)
        for account in end.ledger
        if account.parameter in layers
    ]
    return pd.DataFrame(rows, columns=["epoch", "layer", "turn", "step", "gradient", "power"])


def pulls(run: Run) -> pd.DataFrame:
    """Columns epoch, pull ("data loss" or "penalty"), gradient (the root of all parameters' squared gradients), power
    (its log10, NaN where nothing pulls).
    """
    rows = [
        (end.epoch, name, *_powered(movements.together([getattr(account, field) for account in end.ledger])))
        for end in _kept(run)
        for name, field in _PULLS.items()
    ]
    return pd.DataFrame(rows, columns=["epoch", "pull", "gradient", "power"])


_PULLS = {"data loss": "data_gradient", "penalty": "penalty_gradient"}


def shared_values(run: Run) -> pd.DataFrame:
    """Columns block, norm, values (how many share a statistic in a batch of training), power (its log10)."""
    found = describe.statistics(run.config.model, run.config.optim.batch_size)
    rows = [(one.block, str(one.norm), one.values, _log(one.values)) for one in found]
    return pd.DataFrame(rows, columns=["block", "norm", "values", "power"])


def dead_channels(run: Run) -> pd.DataFrame:
    """Columns epoch, block, dead: how many channels ReLU sets to 0 everywhere, in every image of the probe batch."""
    rows = [
        (end.epoch, layer.layer, int((layer.stages[0].zeros >= 1).sum()))
        for end in run.epochs
        for layer in end.layers
        if layer.stages
    ]
    return pd.DataFrame(rows, columns=["epoch", "block", "dead"])


def parameters(run: Run, epoch: int) -> pd.DataFrame:
    """Columns parameter, numbers, length, turn, step (log10), data, penalty, covered ("L1", "L1, L2", "" …), zeros (%):
    a row a parameter, after one epoch.

    Raises:
        LookupError: if that epoch kept no ledger.
    """
    config, shapes = run.config, describe.tensor_shapes(run.config.model)
    scopes = {"L1": (config.penalty.l1, config.penalty.l1_scope), "L2": (config.penalty.l2, config.penalty.l2_scope)}
    covered = {name: describe.covered(config.model, scope) for name, (weight, scope) in scopes.items() if weight}
    rows = [
        (
            account.parameter,
            prod(shapes[account.parameter]),
            account.norm,
            account.turn,
            _log(account.step),
            account.data_gradient,
            account.penalty_gradient,
            ", ".join(name for name, names in covered.items() if account.parameter in names),
            100 * account.zeros,
        )
        for account in ledger_at(run, epoch)
    ]
    columns = ["parameter", "numbers", "length", "turn", "step", "data", "penalty", "covered", "zeros"]
    return pd.DataFrame(rows, columns=columns)


def _kept(run: Run) -> list[EpochEnd]:
    return [end for end in run.epochs if end.ledger]


def _powered(value: float) -> tuple[float, float]:
    return value, _log(value)


def _log(value: float) -> float:
    return log10(value) if value > 0 else nan
