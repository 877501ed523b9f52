"""Slows down whoever tries codes, and nobody else: only wrong codes count, by browser and in all, never by address.

A class sits behind one address of the network: a limit by address would lock a room out.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

MOST = 20
"""Wrong codes of one browser within `WINDOW`; then it waits."""
WINDOW = 300.0
_DELAY_EACH, MOST_DELAY = 0.02, 1.5
"""Seconds that a wrong code is answered later for each other one in the window, and at most."""
_BROWSERS = 5_000


class Guesses:
    """Of one process. A browser names itself; those that do not are one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all: deque[float] = deque(maxlen=1_000)
        self._of: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, browser: str) -> float:
        """Seconds until the browser may try again; 0 if it may now."""
        times = self._of.get(browser)
        if times is None or len(times) < MOST:
            return 0.0
        return max(0.0, times[0] + WINDOW - self._clock())

    def wrong(self, browser: str) -> float:
        """Count a wrong code; seconds to wait before it is said."""
        now = self._clock()
        self._of.setdefault(browser, deque(maxlen=MOST)).append(now)
        self._of.move_to_end(browser)
        if len(self._of) > _BROWSERS:
            self._of.popitem(last=False)
        while self._all and self._all[0] <= now - WINDOW:
            self._all.popleft()
        delay = min(MOST_DELAY, _DELAY_EACH * len(self._all))
        self._all.append(now)
        return delay


class Rates:
    """How often one may ask: `burst` at once, then so many `per_second`."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allow(self, who: str) -> bool:
        """Whether `who` may ask now; counts it if so."""
        now = self._clock()
        left, then = self._left.pop(who, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._per_second)
        self._left[who] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > _BROWSERS:
            self._left.popitem(last=False)
        return left >= 1
