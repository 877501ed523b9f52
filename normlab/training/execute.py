"""One run, start to end, into its run folder."""

import os
from collections.abc import Callable

import torch

from normlab.config import RunConfig
from normlab.identity import canonical
from normlab.record import Ended, Event, RunRecord, Snapshot
from normlab.store import Store
from normlab.training.data import load_splits
from normlab.training.train import train

_MOST_THREADS = 4


def use_threads(workers: int = 1) -> None:
    """Give torch this process' share of the cores: they are shared with so many workers, and few are enough."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(max(1, min(_MOST_THREADS, cores // workers)))


def execute(
    config: RunConfig,
    store: Store,
    *,
    stop: Callable[[], bool],
    on_event: Callable[[Event], None] | None = None,
    again: bool = False,
) -> RunRecord | None:
    """Train the run and keep it; None if `stop` said so, and the run is left as interrupted.

    `stop` is asked after each event; `on_event` hears each one. A diverged run has a record like a finished one. With
    `again` an ended run of this store is set aside first.

    Raises:
        AlreadyClaimed: if another process trains it.
        AlreadyFinished: if it has ended, unless `again`.
        DataProblem: if its data set is missing or damaged.
        StoreProblem: if the store cannot be written.
    """
    config = canonical(config)
    splits = load_splits(config.data)
    with store.begin(config, again=again) as attempt:
        for event in train(config, splits):
            if isinstance(event, Snapshot):
                attempt.append(event)
                continue
            if on_event is not None:
                on_event(event)
            if isinstance(event, Ended):
                return attempt.commit(event)
            attempt.append(event)
            if stop():
                return None
    raise AssertionError("the last event of train() is Ended")
