"""A worker that some runs hurt, by their seed, after their first epoch: one kills it, one fills its memory."""

import os
import signal
from collections.abc import Iterator

from normlab.config import RunConfig
from normlab.record import EpochEnd, Event, Snapshot
from normlab.training import execute, worker
from normlab.training.data import Splits

KILLER, HOARDER = 666, 667
_iter_events = execute.iter_events


def iter_events(config: RunConfig, splits: Splits) -> Iterator[Event | Snapshot]:
    hoard = []
    for event in _iter_events(config, splits):
        yield event
        if isinstance(event, EpochEnd) and config.seed == KILLER:
            os.kill(os.getpid(), signal.SIGKILL)
        if isinstance(event, EpochEnd) and config.seed == HOARDER and len(hoard) < 20:
            hoard.append(b"x" * 100_000_000)


if __name__ == "__main__":
    execute.iter_events = iter_events
    worker.main()
