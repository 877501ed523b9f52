"""Puts made-up runs into a store, whole, ended or broken off."""

from pathlib import Path

import synthetic

from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.record import Ended, Event, Snapshot, Status
from normlab.settings import changed
from normlab.store import Run, Store

SMALL = changed(RunConfig(), {"epochs": 3})


def write(store: Store, config: RunConfig = SMALL, status: Status = Status.FINISHED) -> Path:
    """The folder of a run that ended so, or was interrupted after two epochs."""
    with store.begin(config) as attempt:
        for event in told(config, epochs=2 if status is Status.INTERRUPTED else None):
            attempt.append(event)
        if status is not Status.INTERRUPTED:
            attempt.commit(Ended(status, "" if status is Status.FINISHED else "The loss became NaN."))
    return store.root / run_id(config)


def read(store: Store, config: RunConfig = SMALL) -> Run:
    run = store.read(run_id(config))
    assert run is not None
    return run


def told(config: RunConfig = SMALL, epochs: int | None = None) -> list[Event | Snapshot]:
    return list(synthetic.events(config, epochs=epochs))
