"""A whole training as one object: what a notebook works with."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import torch

from normlab.config import RunConfig
from normlab.errors import BadInput
from normlab.identity import canonical
from normlab.record import Ended, EpochEnd, Event, Score, Snapshot
from normlab.store import Run, Store
from normlab.training.data import Splits, load_splits
from normlab.training.model import StudyNet
from normlab.training.train import iter_events


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A training that has ended: `events` are all that it told (`iter_events`), `ended` says how.

    A loss that was not finite ends a training as diverged. Then there are fewer epochs, maybe none. `data` are the
    images that were handed in; None if they were loaded for the configuration.
    """

    config: RunConfig
    events: tuple[Event | Snapshot, ...]
    ended: Ended
    data: Splits | None = None

    @property
    def epochs(self) -> tuple[EpochEnd, ...]:
        """Everything that was measured after each epoch, layer by layer too."""
        return tuple(event for event in self.events if isinstance(event, EpochEnd))

    @property
    def history(self) -> pd.DataFrame:
        """A row for each epoch.

        Losses are in nats, without the penalty; accuracies lie between 0 and 1. `train_` is measured while learning,
        dropout on; `train_eval_` after the epoch on clean training images, dropout off. `validation_` is missing (NaN)
        without such a split.
        """
        return pd.DataFrame([_row(end) for end in self.epochs], columns=_COLUMNS)

    @property
    def test(self) -> Score | None:
        """Loss and accuracy on the test images after the last epoch; None if no epoch came to its end."""
        return self.epochs[-1].test if self.epochs else None

    @property
    def network(self) -> StudyNet:
        """The network after the last epoch whose weights were kept, in eval mode; each call makes a new one."""
        network = StudyNet(self.config.model, self.config.seed)
        last = [event for event in self.events if isinstance(event, Snapshot)][-1]
        network.load_state_dict({name: torch.tensor(array) for name, array in last.weights.items()})
        return network.eval()

    def save(self, store: Store) -> Run:
        """Keep the run in a store, where pages and commands find it under its settings.

        Raises:
            AlreadyClaimed: if another process trains the same settings.
            AlreadyFinished: if the store has a run with the same settings.
            BadInput: if the training learned from other images than its configuration names.
            StoreProblem: if the store cannot be written.
        """
        if self.data is not None and not self.data.equals(load_splits(self.config.data)):
            raise BadInput(
                "This run cannot be kept under its settings: it learned from other images than they name. Train it "
                "without images of your own."
            )
        with store.begin(self.config) as attempt:
            for event in self.events:
                attempt.append(event)
            record = attempt.commit(self.ended)
        run = store.read(record.run_id)
        assert run is not None
        return run


def train(config: RunConfig, data: Splits | None = None, *, on_event: Callable[[Event], None] | None = None) -> Trained:
    """Train the network that `config` describes, to the end.

    `on_event` hears what happens as it happens; to stop early, iterate over `iter_events` instead. `data`, which
    several runs can share, is loaded if it is not given.

    Raises:
        ConfigError: if `data` was loaded for other settings than the configuration's.
        DataProblem: if the data set is missing or damaged.
    """
    config = canonical(config)
    events: list[Event | Snapshot] = []
    for event in iter_events(config, data):
        if on_event is not None and not isinstance(event, Snapshot):
            on_event(event)
        if isinstance(event, Ended):
            return Trained(config, tuple(events), event, data)
        events.append(event)
    raise AssertionError("the last event of a training is Ended")


_SCORES = ("train", "train_eval", "validation", "test")
_COLUMNS = (
    *("epoch", "step", "lr", "penalty"),
    *(f"{name}_{what}" for name in _SCORES for what in ("loss", "accuracy")),
    "seconds",
)


def _row(end: EpochEnd) -> dict[str, float | None]:
    scores: dict[str, Score | None] = {name: getattr(end, name) for name in _SCORES}
    return {
        "epoch": end.epoch,
        "step": end.step,
        "lr": end.lr,
        "penalty": end.penalty,
        **{
            f"{name}_{what}": None if score is None else getattr(score, what)
            for name, score in scores.items()
            for what in ("loss", "accuracy")
        },
        "seconds": end.seconds,
    }
