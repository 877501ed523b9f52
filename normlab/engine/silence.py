"""Whether somebody has been silent for too long, told by one who may have slept himself; and when a worker has."""

import time
from collections.abc import Callable
from dataclasses import dataclass

_MOST_SECONDS = 2.0


class Silence:
    """How long a sign that should change has not.

    Two looks count for two seconds at most: so a machine that was suspended, a clock that was set, or a process that
    got no time itself makes nobody else seem silent.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sign: object = None
        self._seconds = 0.0
        self._looked_at = clock()

    def of(self, sign: object) -> float:
        """Seconds since the sign last changed, to be asked several times in the time that is too long."""
        now = self._clock()
        if sign != self._sign:
            self._sign, self._seconds = sign, 0.0
        else:
            self._seconds += min(max(now - self._looked_at, 0.0), _MOST_SECONDS)
        self._looked_at = now
        return self._seconds


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
