"""How long a worker process may take before it counts as hung."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from normlab.engine.silence import Silence


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of a worker: `heard` counts its lines, of which one comes every second once it is ready; `events`
    those of the training."""

    is_ready: bool = False
    heard: int = 0
    job: str = ""
    events: int = 0


@dataclass(frozen=True, slots=True)
class Deadlines:
    """In seconds: until it is ready (it may have to compile), until the next beat, until a stop, until the next event.

    A beat is missing for longer than a busy machine keeps a process waiting, and for twice as long as it takes until
    others may take over its run.
    """

    start: float = 600.0
    beat: float = 20.0
    stop: float = 10.0
    event: float = 600.0


DEADLINES = Deadlines()


class Watch:
    """Over one worker process."""

    def __init__(self, deadlines: Deadlines, clock: Callable[[], float] = time.monotonic) -> None:
        self._deadlines = deadlines
        self._life, self._stop, self._training = (Silence(clock) for _ in range(3))

    def overdue(self, signs: Signs, *, is_stopping: bool) -> str:
        """Why the worker counts as hung, in a sentence, else ""; to be asked several times a second."""
        silent = self._life.of(signs.heard)
        stopping = self._stop.of((signs.job, is_stopping))
        still = self._training.of((signs.job, signs.events))
        limits = self._deadlines
        if not signs.is_ready and silent > limits.start:
            return f"The training process was not ready after {limits.start:.0f} seconds and was ended."
        if signs.is_ready and silent > limits.beat:
            return f"The training process did not answer for {limits.beat:.0f} seconds and was ended."
        if signs.job and is_stopping and stopping > limits.stop:
            return f"The training process did not stop within {limits.stop:.0f} seconds and was ended."
        if signs.job and still > limits.event:
            return f"The training did not move on for {limits.event:.0f} seconds, and its process was ended."
        return ""
