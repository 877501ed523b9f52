"""The queue with a clock that the test turns, and who asks and is served."""

from collections.abc import Callable

from normlab.engine.capacity import Capacity
from normlab.engine.queue import Queue

CONFIG = {"seed": 1}
ONE = Capacity(workers=1, cores=2, threads=1)
MakeQueue = Callable[[], Queue]


class Clock:
    """Seconds that pass when the test says so."""

    now = 1_000.0

    def __call__(self) -> float:
        self.now += 0.001  # two moments are never the same
        return self.now


def let_pass(seconds: int, clock: Clock, *living: Queue) -> None:
    """So long these processes live, with all their sessions."""
    for _ in range(seconds):
        clock.now += 1
        for queue in living:
            queue.beat(lambda session: True)


def ask(queue: Queue, text: str) -> None:
    """ "a1 a2 b1": session a asks for run a1, then a2, then session b for b1."""
    for run in text.split():
        queue.request(run, CONFIG, run[0])


def served(queue: Queue) -> list[str]:
    order = []
    while job := queue.take():
        order.append(job.run_id)
        queue.ended(job.run_id)
    return order
