"""What the queue says of runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """A run to execute with so many threads; `config` are its settings by name."""

    run_id: str
    config: Mapping[str, Any]
    threads: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """A run that is being executed (`since` a time) or waits (None) before another."""

    config: Mapping[str, Any]
    since: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is: state "waiting", "starting", "running" or "failed"; `position` 0 unless it waits.

    `has_cores` tells whether the next run to be served could start now; `message` why the run failed, or why it starts
    again.
    """

    state: str
    position: int
    requesters: int
    message: str
    ahead: tuple[Ahead, ...]
    workers: int
    has_cores: bool
