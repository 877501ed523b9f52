"""Many runs through an engine: those that have ended are not trained again, so a sweep goes on where it stopped."""

import time
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from normlab import cores
from normlab.config import RunConfig
from normlab.engine.dispatcher import ENDS
from normlab.engine.engine import Engine
from normlab.engine.environment import EngineProblem
from normlab.identity import run_id
from normlab.record import Status
from normlab.store import Store

_LOOK_SECONDS, _PATIENCE_SECONDS = 0.2, 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: `status` is FINISHED or DIVERGED, or None where it failed, and then `message` says why."""

    config: RunConfig
    status: Status | None
    is_reused: bool = False
    message: str = ""

    @property
    def run_id(self) -> str:
        return run_id(self.config)


def carry_out(configs: Iterable[RunConfig], store: Store, *, workers: int | None = None) -> Iterator[Outcome]:
    """Train the runs and tell each one's outcome as it comes; those that have ended before come first.

    As many workers as cores train, with one thread each: together they finish more runs than one with all threads.
    `NORMLAB_SCHEDULER` lets the workers of a Dask cluster do it. Whoever iterates no further interrupts what trains.

    Raises:
        EngineProblem: if nothing can be trained here, or the cluster does not answer for a minute.
    """
    todo: deque[RunConfig] = deque()
    for config in configs:
        status = store.status(run_id(config))
        if status in ENDS:
            yield Outcome(config, status, is_reused=True)
        else:
            todo.append(config)
    if not todo:
        return
    engine = Engine(store, workers=workers or cores.available(), threads=1)
    try:
        yield from _follow(todo, store, engine)
    finally:
        engine.close()


def _follow(todo: "deque[RunConfig]", store: Store, engine: Engine) -> Iterator[Outcome]:
    session, asked, last_well = f"sweep-{uuid.uuid4().hex}", list[RunConfig](), time.monotonic()
    while todo or asked:
        while todo and len(asked) < 2 * max(engine.size(), 1):  # a worker that ends finds the next one waiting
            engine.request(todo[0], session)
            asked.append(todo.popleft())
        for config in list(asked):
            if outcome := _outcome(config, store, engine):
                asked.remove(config)
                yield outcome
        problem = engine.problem()
        if not problem:
            last_well = time.monotonic()
        elif time.monotonic() - last_well > _PATIENCE_SECONDS:
            raise EngineProblem(f"{problem} The sweep ends; started again, it goes on where it stopped.")
        time.sleep(_LOOK_SECONDS)


def _outcome(config: RunConfig, store: Store, engine: Engine) -> Outcome | None:
    """None while it waits or trains."""
    name = run_id(config)
    ticket = engine.ticket(name)
    status = store.status(name)
    if status in ENDS:
        return Outcome(config, status)
    if ticket is None:
        return Outcome(config, None, message="It was taken out of the queue.")
    return Outcome(config, None, message=ticket.message) if ticket.state == "failed" else None
