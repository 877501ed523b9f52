"""Whether a stored run can be had again: its network rebuilt from its weights, or all of it trained anew."""

import math
import tempfile
from pathlib import Path

import numpy as np
import torch

from normlab.errors import NormlabError
from normlab.record import ModeScores, Snapshot
from normlab.store import Run, Store
from normlab.training.data import load_splits
from normlab.training.evaluate import evaluate
from normlab.training.execute import execute
from normlab.training.model import StudyNet
from normlab.training.modes import other_modes


class Mismatch(NormlabError):
    """One sentence: what a stored run says and its own weights do not."""


def check(run: Run) -> float:
    """The test accuracy of the rebuilt network, after comparing its predictions with the stored ones.

    It is the network as it was kept last: of a run that diverged, some epochs before its end. Of 1,000 images one
    prediction may differ (rounded up): other machines and versions add up in another order.

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
    recorded = _recorded(run, stored.epoch)
    if stored.epoch and (recorded is None or abs(recorded - now.score.accuracy) > allowed / images + 1e-6):
        raise Mismatch(f"the recorded test accuracy is {recorded}, the network's is {now.score.accuracy}")
    if stored.epoch == run.record.epochs and run.epochs[-1].modes is not None:
        _check_modes(run.epochs[-1].modes, other_modes(model, splits), allowed / images)
    return now.score.accuracy


def _recorded(run: Run, epoch: int) -> float | None:
    """The test accuracy that the run records of this epoch: of its last one, what its record says."""
    assert run.record is not None, "only ended runs are checked"
    if epoch == run.record.epochs:
        return run.record.test_accuracy
    return next((end.test.accuracy for end in run.epochs if end.epoch == epoch), None)


def train_again(run: Run) -> None:
    """Train the run anew, in a temporary folder, and compare bit for bit: every epoch's scores, the last weights and
    predictions. For runs of the same kind of machine (`normlab.generation.difference`).

    Raises:
        Mismatch: at the first number that differs.
        DataProblem: if the data set is missing or damaged.
    """
    with tempfile.TemporaryDirectory(prefix="normlab-again-", ignore_cleanup_errors=True) as folder:
        store = Store(Path(folder))
        execute(run.config, store, stop=lambda: False, threads=1)
        again = store.read(run.run_id)
        assert again is not None, "it has just ended"
        _compare(run, again)


def _compare(was: Run, now: Run) -> None:
    if (was.status, len(was.epochs)) != (now.status, len(now.epochs)):
        raise Mismatch(f"trained anew it is {now.status} after {len(now.epochs)} epochs, it was {was.status}")
    for before, after in zip(was.epochs, now.epochs, strict=True):
        for name in ("train", "penalty", "train_eval", "validation", "test", "modes"):
            if getattr(before, name) != getattr(after, name):
                raise Mismatch(
                    f"trained anew, {name} after epoch {before.epoch} is {getattr(after, name)}, not "
                    f"{getattr(before, name)}"
                )
    stored, fresh = (one.snapshot(one.snapshot_epochs()[-1]) for one in (was, now))
    for name, array in stored.weights.items():
        if not np.array_equal(array, fresh.weights[name], equal_nan=True):
            raise Mismatch(f"trained anew, the last weights {name} differ")
    if not np.array_equal(stored.predicted, fresh.predicted):
        raise Mismatch("trained anew, the last predictions differ")


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
