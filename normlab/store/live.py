"""Runs that have not ended, polled by many: each look costs what is new, however long the run is."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from normlab.config import RunConfig
from normlab.record import Status
from normlab.store.events import Story, Tail
from normlab.store.layout import EVENTS
from normlab.store.meaning import Plan
from normlab.store.run import Run

_FOLLOWED = 32


@dataclass(slots=True)
class _Follower:
    """A file that is followed, and the run as it was last built, from which attempt."""

    tail: Tail
    lock: threading.Lock = field(default_factory=threading.Lock)
    attempt: str | None = None
    run: Run | None = None

    def read(self, folder: Path, config: RunConfig, attempt: str | None) -> Run:
        with self.lock:
            is_new = self.tail.look()
            if self.run is None or is_new or self.attempt != attempt or self.run.config is not config:
                self.run, self.attempt = _run(folder, config, self.tail.story, attempt), attempt
            return self.run


class LiveRuns:
    """Follows the runs that were asked for last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followers: OrderedDict[Path, _Follower] = OrderedDict()

    def read(self, folder: Path, config: RunConfig, attempt: str | None) -> Run:
        """What the live `attempt` has told, or the last one if none is live (None). Raises `Damage`."""
        with self._lock:
            follower = self._followers.setdefault(folder, _Follower(Tail(folder / EVENTS, config)))
            self._followers.move_to_end(folder)
            while len(self._followers) > _FOLLOWED:
                self._followers.popitem(last=False)
        try:
            return follower.read(folder, config, attempt)
        except FileNotFoundError:
            return _run(folder, config, Story(Plan.of(config)), attempt)


def _run(folder: Path, config: RunConfig, story: Story, attempt: str | None) -> Run:
    if attempt is not None and attempt != story.attempt:
        story = Story(Plan.of(config))
    return Run(
        run_id=folder.name,
        config=config,
        status=Status.INTERRUPTED if attempt is None else Status.RUNNING,
        shipped=False,
        started=story.started,
        steps=tuple(story.steps),
        epochs=tuple(story.epochs),
        ended=None,
        record=None,
    )
