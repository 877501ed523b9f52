"""Whether somebody has been silent for too long, told by one who may have slept himself."""

import time
from collections.abc import Callable

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
