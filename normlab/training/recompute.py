"""A stored run's network, rebuilt from its weights, and what it says of the test images now."""

import math

import numpy as np
import torch

from normlab.record import ModeScores, Snapshot
from normlab.store import Run
from normlab.training.data import load_splits
from normlab.training.evaluate import evaluate
from normlab.training.model import StudyNet
from normlab.training.modes import other_modes


class Mismatch(Exception):
    """One sentence: what a stored run says and its own weights do not."""


def check(run: Run) -> float:
    """The test accuracy of the rebuilt network, after comparing its predictions with the stored ones.

    Of 1,000 images one prediction may differ (rounded up): other machines and versions add up in another order.

    Raises:
        Mismatch: if the weights do not fit the network, or its predictions or accuracy are not the recorded ones.
        DataProblem: if the data set is missing or damaged.
    """
    assert run.record is not None, "only ended runs are checked"
    stored = run.snapshot(run.snapshot_epochs()[-1])
    model = network(run, stored)
    splits = load_splits(run.config.data)
    now = evaluate(model, splits.test)
    images = len(splits.test)
    if len(stored.predicted) != images:
        raise Mismatch(f"{len(stored.predicted)} predictions are stored for {images} test images")
    allowed = math.ceil(images / 1000)
    different = int((now.predicted != stored.predicted).sum())
    if different > allowed:
        raise Mismatch(f"{different} of {images} predictions differ from the stored ones; {allowed} may")
    recorded = run.record.test_accuracy
    if recorded is None or abs(recorded - now.score.accuracy) > allowed / images + 1e-6:
        raise Mismatch(f"the recorded test accuracy is {recorded}, the network's is {now.score.accuracy}")
    if run.epochs[-1].modes is not None:
        _check_modes(run.epochs[-1].modes, other_modes(model, splits), allowed / images)
    return now.score.accuracy


def network(run: Run, snapshot: Snapshot) -> StudyNet:
    """The network as it was at one of the run's snapshots. Raises `Mismatch` if its weights do not fit."""
    model = StudyNet(run.config.model, run.config.seed)
    try:
        model.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in snapshot.weights.items()})
    except RuntimeError as error:
        raise Mismatch(f"the weights do not fit the network ({str(error).splitlines()[0]})") from None
    return model


def _check_modes(recorded: ModeScores, now: ModeScores, allowed: float) -> None:
    for name in ("batch", "reestimated"):
        was, computed = getattr(recorded, name).accuracy, getattr(now, name).accuracy
        if abs(was - computed) > allowed + 1e-6:
            raise Mismatch(f"with {name} statistics the recorded test accuracy is {was}, the network's is {computed}")
