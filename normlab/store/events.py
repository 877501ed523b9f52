"""events.jsonl: one event a line, each with the id of its attempt. The last attempt counts."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from normlab.config import RunConfig
from normlab.record import Ended, EpochEnd, Event, Started, StepEnd
from normlab.record_json import event_from_json, event_to_json
from normlab.store.layout import EVENTS, Damage, parse_object, read_bytes
from normlab.store.meaning import Plan, check_ended


def encode(attempt: str, event: Event) -> bytes:
    data = {"attempt": attempt, **event_to_json(event)}
    return (json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n").encode()


@dataclass(slots=True)
class Story:
    """What the last attempt at a run has told so far; `plan` is what it may tell."""

    plan: Plan
    attempt: str = ""
    started: Started | None = None
    steps: list[StepEnd] = field(default_factory=list)
    epochs: list[EpochEnd] = field(default_factory=list)
    ended: Ended | None = None

    def add(self, line: bytes) -> None:
        """Take in a line; a new attempt starts the story anew. Raises `Damage` if it is no event, or cannot be one."""
        data = parse_object(f"A line of {EVENTS}", line)
        attempt = data.pop("attempt", None)
        try:
            event = event_from_json(data)
        except ValueError as error:
            raise Damage(f"A line of {EVENTS} is no event ({error}).") from None
        if not isinstance(attempt, str) or not attempt:
            raise Damage(f"A line of {EVENTS} has no attempt.")
        if attempt != self.attempt:
            if not isinstance(event, Started):
                raise Damage(f"{EVENTS} has an attempt that does not begin with its start.")
            self.attempt, self.started, self.steps, self.epochs, self.ended = attempt, None, [], [], None
        self.take(event)

    def take(self, event: Event) -> None:
        """The attempt's next event. Raises `Damage` if it cannot follow."""
        if self.ended is not None or (self.started is None) != isinstance(event, Started):
            raise Damage(f"{EVENTS} does not have one start first and one end last.")
        match event:
            case Started():
                self.plan.check_started(event)
                self.started = event
            case StepEnd():
                self.plan.check_step(event, self.steps[-1].step if self.steps else 0)
                self.steps.append(event)
            case EpochEnd():
                self.plan.check_epoch(event, len(self.epochs))
                self.epochs.append(event)
            case Ended():
                check_ended(event)
                self.ended = event


def read(content: bytes, config: RunConfig) -> Story:
    """The story of a whole file. Raises `Damage`."""
    if not content.endswith(b"\n"):
        raise Damage(f"{EVENTS} is cut off.")
    story = Story(Plan.of(config))
    for line in content.splitlines():
        story.add(line)
    return story


class Tail:
    """Follows the file of a live run: each look reads only what is new, up to the last whole line."""

    def __init__(self, path: Path, config: RunConfig) -> None:
        self._path = path
        self._file = 0
        self._offset = 0
        self.story = Story(Plan.of(config))

    def look(self) -> bool:
        """Whether there was something new. Raises `Damage`, or `FileNotFoundError`."""
        found = self._path.lstat()
        if found.st_ino != self._file or found.st_size < self._offset:  # another file, or one written anew
            self._file, self._offset, self.story = found.st_ino, 0, Story(self.story.plan)
        if found.st_size == self._offset:
            return False
        fresh = read_bytes(self._path, offset=self._offset)
        whole = fresh[: fresh.rfind(b"\n") + 1]
        try:
            for line in whole.splitlines():
                self.story.add(line)
        except Damage:
            self._file = 0  # look at the whole file again next time: it may have been replaced
            raise
        self._offset += len(whole)
        return bool(whole)
