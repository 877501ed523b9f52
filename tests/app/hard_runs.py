"""Runs that went wrong, as trainings leave them: diverged early, collapsed, huge, or without anything that varies."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import synthetic

from normlab.config import RunConfig
from normlab.record import EpochEnd, Histogram, LayerStats, Score, Snapshot, StageStats, Status
from normlab.settings import changed
from normlab.store import Run, Store

HUGE = 460933312.0
"""A standard deviation that was once seen on the page."""
Change = Callable[[EpochEnd], EpochEnd]


def _config(**settings: object) -> RunConfig:
    return changed(RunConfig(), {"epochs": 4, **settings})


def early(steps: int, loss: float = 3.2, **settings: object) -> Run:
    """Diverged in its first epoch, after so many live points, the last with this loss."""
    run = synthetic.run(_config(**settings), status=Status.DIVERGED, epochs=0, steps=steps)
    points = (*run.steps[:-1], *(replace(last, data_loss=loss, penalty=loss) for last in run.steps[-1:]))
    return replace(run, steps=points)


def told_so(change: Change, status: Status = Status.FINISHED, **settings: object) -> Run:
    """All epochs, steps and snapshots changed in the same way; a run that diverged ends after two epochs."""
    run = synthetic.run(_config(**settings), status=status, epochs=None if status is Status.FINISHED else 2)
    ends = tuple(map(change, run.epochs))
    loss = ends[-1].train.loss
    steps = tuple(replace(step, data_loss=loss, penalty=ends[-1].penalty) for step in run.steps)
    scale = ends[-1].layers[0].weights.norm / run.epochs[-1].layers[0].weights.norm
    snapshots = {epoch: _scaled(snapshot, scale) for epoch, snapshot in run.snapshots.items()}
    return replace(run, epochs=ends, steps=steps, snapshots=snapshots)


def _scaled(snapshot: Snapshot, by: float) -> Snapshot:
    return replace(snapshot, weights={name: np.float32(by) * array for name, array in snapshot.weights.items()})


def collapsed(end: EpochEnd) -> EpochEnd:
    """At chance, every channel constant."""
    guess = Score(2.302585, 0.1)
    layers = tuple(_layer(layer, std=0.0, zeros=1.0) for layer in end.layers)
    modes = end.modes and replace(end.modes, batch=guess, reestimated=guess)
    validation = end.validation and guess
    return replace(
        end, train=guess, train_eval=guess, test=guess, validation=validation, modes=modes, layers=layers, penalty=0.0
    )


def huge(end: EpochEnd) -> EpochEnd:
    """Losses, activations and weights that have run away."""
    score = Score(HUGE, 0.1)
    modes = end.modes and replace(end.modes, batch=score, reestimated=score)
    validation = end.validation and score
    layers = tuple(_layer(layer, std=HUGE, zeros=0.0) for layer in end.layers)
    return replace(
        end, train=score, train_eval=score, test=score, validation=validation, modes=modes, layers=layers, penalty=HUGE
    )


def tiny(end: EpochEnd) -> EpochEnd:
    """Numbers that round to zero, just below it."""
    layers = tuple(_layer(layer, std=1e-9, zeros=0.0, mean=-1e-9) for layer in end.layers)
    train = replace(end.train_eval, loss=end.test.loss - 1e-6, accuracy=end.test.accuracy - 1e-6)
    return replace(end, train_eval=train, layers=layers, penalty=1e-9)


def _layer(layer: LayerStats, *, std: float, zeros: float, mean: float | None = None) -> LayerStats:
    middle = std if mean is None else mean
    weights = replace(layer.weights, norm=max(std, 1e-9), gradient_norm=std, zeros=zeros, small=zeros)
    norms = tuple(
        replace(
            norm,
            gamma=np.full_like(norm.gamma, middle),
            beta=np.full_like(norm.beta, middle),
            running_mean=None if norm.running_mean is None else np.full_like(norm.running_mean, middle),
            running_std=None if norm.running_std is None else np.full_like(norm.running_std, std),
        )
        for norm in layer.norms
    )
    return replace(
        layer, weights=weights, norms=norms, stages=tuple(_stage(s, middle, std, zeros) for s in layer.stages)
    )


def _stage(stage: StageStats, mean: float, std: float, zeros: float) -> StageStats:
    low, high = (mean, mean + max(1.0, abs(mean) * 1e-3)) if std < 1e-6 else (-3 * std, 3 * std)
    bins = np.zeros(40, np.float32)
    bins[0] = 1
    return replace(
        stage,
        mean=np.full_like(stage.mean, mean),
        std=np.full_like(stage.std, std),
        zeros=np.full_like(stage.zeros, zeros),
        histogram=Histogram(low, high, bins),
    )


def last_loss(value: float) -> Run:
    """A run that is still training, whose last step's loss is no number, or is infinite."""
    run = synthetic.run(_config(), status=Status.RUNNING, epochs=1)
    return replace(run, steps=(*run.steps[:-1], *(replace(s, data_loss=value, penalty=value) for s in run.steps[-1:])))


def keep(store: Store, run: Run) -> None:
    """Put an ended run into a store."""
    assert run.started is not None
    assert run.ended is not None
    snapshots = {epoch: run.snapshot(epoch) for epoch in run.snapshot_epochs()}
    with store.begin(run.config) as attempt:
        attempt.append(run.started)
        for event in (*run.steps, *run.epochs):
            attempt.append(event)
        for epoch in snapshots:
            attempt.append(snapshots[epoch])
        attempt.commit(run.ended)


RUNS: dict[str, Run] = {
    "diverged at its first step": early(1, HUGE),
    "diverged at step 3 of its first epoch": early(3, HUGE, norms=()),
    "diverged before any point": early(0),
    "collapsed": told_so(collapsed),
    "collapsed, no norm": told_so(collapsed, norms=()),
    "collapsed, every norm": told_so(collapsed, norms=("bn", "ln", "gn", "in"), bn_modes=True),
    "huge": told_so(huge, Status.DIVERGED),
    "huge, no norm": told_so(huge, Status.DIVERGED, norms=()),
    "huge, every norm": told_so(huge, Status.DIVERGED, norms=("bn", "ln", "gn", "in"), bn_modes=True),
    "tiny": told_so(tiny, l2=1e-3),
    "infinite loss": last_loss(float("inf")),
    "loss that is no number": last_loss(float("nan")),
}
