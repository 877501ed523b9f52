"""What tests of the engine share: waiting for something, and looking at processes."""

import time
from collections.abc import Callable
from pathlib import Path

from normlab.config import RunConfig
from normlab.engine import Engine
from normlab.record import EpochEnd
from normlab.settings import changed
from normlab.store import Store

SHORT = changed(RunConfig(), {"epochs": 2, "train_size": 100})
LONG = changed(RunConfig(), {"epochs": 200, "batch_size": 2})
"""Does not end while a test looks."""


def until(condition: Callable[[], object], seconds: float = 240.0) -> float:
    """Wait for it; how long that took. Looking takes at most a third of the time: a worker needs the rest."""
    start = time.monotonic()
    while True:
        looked = time.monotonic()
        if condition():
            return time.monotonic() - start
        assert time.monotonic() - start < seconds, "it did not happen"
        time.sleep(max(0.02, 2 * (time.monotonic() - looked)))


def state(engine: Engine, name: str) -> str:
    """ "" if the run is not in the queue."""
    ticket = engine.ticket(name)
    return ticket.state if ticket is not None else ""


def message(engine: Engine, name: str) -> str:
    ticket = engine.ticket(name)
    return ticket.message if ticket is not None else ""


def epochs(store: Store, name: str) -> tuple[EpochEnd, ...]:
    run = store.read(name)
    return run.epochs if run is not None else ()


def is_alive(pid: int) -> bool:
    """A zombie has ended, though its process id is still taken."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
