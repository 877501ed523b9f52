"""What the classes show now, for many who ask: read from the database once, and told when it changes.

A browser names the state that it has, and is answered as soon as there is another one, or after `HOLD` seconds. One
look at the database a quarter of a second serves all who wait.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from normlab.classroom import Classes, Refusal

HOLD = 5.0
"""Seconds that a request waits for news. A server that ends waits for such requests."""
_LOOK, _NOTE, _AGAIN = 0.25, 2.0, 2.0
"""Seconds between two looks, between two notes of who is there, and after a look that failed."""
_WALL = 0.4
"""Seconds for which the wall's numbers, and an experiment's runs, are not read again."""
_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shown:
    """A state as it is sent, and its name."""

    name: str
    body: bytes


class Board:
    """Of one process; used in its event loop only. What touches the disk is done in a few threads of its own."""

    def __init__(self, classes: Callable[[], Classes], threads: int = 4) -> None:
        self._classes = classes
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="class")
        self._revisions: dict[str, int] = {}
        self._shown: dict[str, tuple[int, Shown]] = {}
        self._walls: dict[str, tuple[float, Shown]] = {}
        self._runs: dict[str, tuple[float, dict[str, Any]]] = {}
        self._seen: dict[int, float] = {}
        self._news = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    async def do(self, act: Callable[..., T], *args: Any) -> T:
        """`act(classes, *args)` in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._act, act, args)

    def _act(self, act: Callable[..., T], args: tuple[Any, ...]) -> T:
        return act(self._classes(), *args)

    async def student(self, code: str) -> Shown:
        """What students of the class see."""
        self._start()
        revision = self._revisions.get(code)
        if revision is not None and (known := self._shown.get(code)) and known[0] == revision:
            return known[1]
        view = await self.do(Classes.student, code)
        shown = _shown(f"{code}.{view['revision']}{'.over' if view['over'] else ''}", view)
        self._shown[code] = (-1 if view["over"] else view["revision"], shown)
        return shown

    async def wall(self, code: str) -> Shown:
        """What the wall shows of the class."""
        now = time.monotonic()
        if (known := self._walls.get(code)) and now - known[0] < _WALL:
            return known[1]
        view = await self.do(Classes.projector, code)
        shown = _shown("", view)
        self._walls[code] = (now, shown)
        return shown

    async def runs(self, code: str, *, is_fresh: bool = False) -> dict[str, Any]:
        """The runs of the class' experiment, read once for all their owners; `is_fresh` reads them again."""
        now = time.monotonic()
        if not is_fresh and (known := self._runs.get(code)) and now - known[0] < _WALL:
            return known[1]
        found = await self.do(Classes.runs, code)
        self._runs[code] = (now, found)
        return found

    async def after(self, name: str, show: Callable[[], Coroutine[Any, Any, Shown]]) -> Shown | None:
        """What is shown once it is not `name` any more; None if it stays that for `HOLD` seconds."""
        end = time.monotonic() + HOLD
        while True:
            news = self._news  # of before the look: what comes meanwhile is not missed
            shown = await show()
            if shown.name != name:
                return shown
            left = end - time.monotonic()
            if left <= 0:
                return None
            self._start()
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), left)

    def note(self, student: int) -> None:
        """The student has just asked."""
        self._seen[student] = time.time()
        self._start()

    def _start(self) -> None:
        if self._watch is None or self._watch.done():
            self._watch = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        """Until nobody has asked for a minute."""
        noted = asked = time.monotonic()
        while time.monotonic() - asked < 60:
            now = time.monotonic()
            seen: dict[int, float] = {}
            if self._seen and now - noted > _NOTE:
                seen, self._seen, noted, asked = self._seen, {}, now, now
            try:
                revisions = await self.do(Classes.pulse, seen)
            except Refusal as problem:
                _log.warning("The classes cannot be looked at; it is tried again. %s", problem)
                await asyncio.sleep(_AGAIN)
                continue
            if revisions != self._revisions:
                self._revisions = revisions
                self._shown = {code: shown for code, shown in self._shown.items() if code in revisions}
                self._walls = {code: shown for code, shown in self._walls.items() if code in revisions}
                self._runs = {code: runs for code, runs in self._runs.items() if code in revisions}
                self._news.set()
                self._news = asyncio.Event()
            await asyncio.sleep(_LOOK)
        self._revisions, self._watch = {}, None


def _shown(name: str, view: dict[str, Any]) -> Shown:
    body = json.dumps(view, separators=(",", ":"), allow_nan=False).encode()
    return Shown(f'"{name or hash(body)}"', body)
