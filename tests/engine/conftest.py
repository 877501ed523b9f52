"""A queue for one worker, over a clock that the test turns."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from queue_kit import ONE, Clock, MakeQueue

from normlab.engine.queue import Queue


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Iterator[MakeQueue]:
    """Opens the one queue as another process would."""
    queues: list[Queue] = []

    def open_queue() -> Queue:
        queues.append(Queue(tmp_path / "queue.sqlite", ONE, clock=clock, awake=clock))
        return queues[-1]

    yield open_queue
    for queue in queues:
        queue._database.close()


@pytest.fixture
def queue(make: MakeQueue) -> Queue:
    return make()
