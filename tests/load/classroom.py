"""What a class does: open the lab, look at runs that ship, train, watch."""

import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from visitor import Rerun, Visitor, visit
from widgets import Value

from normlab.app.shell.words import norm_word
from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.numerals import exact
from normlab.settings import changed, to_query

_PAUSE_SECONDS = 5.0
_TRAINING = 5
_READY_SECONDS = 6.0
"""A worker has imported torch by then: the teacher's own look at the page starts it."""
_PATIENCE_SECONDS = 30.0


@dataclass
class Measured:
    """What was seen: reruns by kind, seconds to the first live point, runs behind equal clicks, what went wrong.

    `clicked` is what followed when everybody clicked at once; the others are of the class at work.
    """

    opened: list[Rerun] = field(default_factory=list)
    clicked: list[Rerun] = field(default_factory=list)
    changes: list[Rerun] = field(default_factory=list)
    ticks: list[Rerun] = field(default_factory=list)
    first_points: list[float] = field(default_factory=list)
    equal_clicks: int = 0
    runs_of_equal_clicks: int = 0
    trained: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lesson:
    """A class of so many `visitors`, for so many `seconds`; `shipped` are the runs they look at."""

    url: str
    store: Path
    shipped: Sequence[RunConfig]
    visitors: int
    seconds: float
    measured: Measured = field(default_factory=Measured)

    async def teach(self) -> Measured:
        """One part after the other."""
        _say("The teacher opens the page and trains three runs on an empty queue.")
        async with visit(self.url) as teacher:
            await asyncio.sleep(_READY_SECONDS)
            for seed in range(1_000, 1_003):
                await self._first_point(teacher, seed)
        _say(f"{self.visitors} sessions press Train on the same settings.")
        await self._equal_clicks()
        _say(f"{self.visitors} sessions work for {self.seconds:.0f} s, {_TRAINING} of them train.")
        await self._class()
        return self.measured

    async def _first_point(self, teacher: Visitor, seed: int) -> None:
        """Train on an empty queue, and see how long the first point takes to be on the page."""
        await teacher.change(epochs=6.0, seed=float(seed))
        started = time.perf_counter()
        await teacher.click("train")
        if await teacher.until(lambda: is_learning(teacher) or not teacher.is_ticking, _PATIENCE_SECONDS):
            self.measured.first_points.append(time.perf_counter() - started)
        if not await teacher.until(lambda: not teacher.is_ticking, _PATIENCE_SECONDS) or teacher.has("train"):
            self.measured.problems.append(f"The run of seed {seed} did not come to its end.")

    async def _equal_clicks(self) -> None:
        """Everybody presses Train on the same settings at once."""
        config = changed(RunConfig(), {"epochs": 2, "seed": 2_000})
        async with AsyncExitStack() as stack:
            class_ = await self._enter(stack, [config] * self.visitors)
            await asyncio.gather(*(visitor.click("train") for visitor in class_))
            self.measured.equal_clicks = len(class_)
            ended = [visitor.until(lambda v=visitor: not v.is_ticking, _PATIENCE_SECONDS) for visitor in class_]
            if not all(await asyncio.gather(*ended)):
                self.measured.problems.append("The shared run did not end on every page.")
            self.measured.clicked += [rerun for visitor in class_ for rerun in visitor.reruns[1:]]
            self.measured.problems += [visitor.reruns[0].problem for visitor in class_ if visitor.reruns[0].problem]
        lines = (self.store / run_id(config) / "events.jsonl").read_text(encoding="utf-8").splitlines()
        self.measured.runs_of_equal_clicks = len({json.loads(line)["attempt"] for line in lines})

    async def _class(self) -> None:
        """Everybody works for a while: a third on Layers, some train and watch, the others look at what ships."""
        async with AsyncExitStack() as stack:
            starts = [self.shipped[place % len(self.shipped)] for place in range(self.visitors)]
            class_ = await self._enter(stack, starts)
            for visitor in class_[::3]:
                await visitor.rerun(values={"panel": ["Layers"]})
            self.measured.opened += [visitor.reruns[0] for visitor in class_]
            for visitor in class_:
                visitor.reruns.clear()
            end = time.monotonic() + self.seconds
            work = [
                self._train(visitor, place, end) if place < _TRAINING else self._look(visitor, place, end)
                for place, visitor in enumerate(class_)
            ]
            for result in await asyncio.gather(*work, return_exceptions=True):
                if isinstance(result, BaseException):
                    self.measured.problems.append(f"A session broke off: {result!r}")
            self._collect(class_)

    async def _enter(self, stack: AsyncExitStack, configs: Sequence[RunConfig]) -> list[Visitor]:
        """Everybody opens a link, one every few hundredths of a second."""

        async def enter(place: int, config: RunConfig) -> Visitor:
            await asyncio.sleep(0.05 * place)
            return await stack.enter_async_context(visit(self.url, urlencode(to_query(config))))

        return list(await asyncio.gather(*(enter(place, config) for place, config in enumerate(configs))))

    async def _look(self, visitor: Visitor, place: int, end: float) -> None:
        """Change a widget every few seconds, to a run that ships."""
        chance = random.Random(place)
        await asyncio.sleep(chance.uniform(0, _PAUSE_SECONDS))
        while time.monotonic() < end:
            started = time.monotonic()
            await visitor.change(**_one_change(chance, chance.choice(self.shipped)))
            await asyncio.sleep(max(0.0, _PAUSE_SECONDS - (time.monotonic() - started)))

    async def _train(self, visitor: Visitor, place: int, end: float) -> None:
        """Train one run after the other, and look at its panels in turn."""
        chance = random.Random(place)
        await asyncio.sleep(chance.uniform(0, _PAUSE_SECONDS))
        seed = 10_000 * (place + 1)
        while time.monotonic() < end:
            if not visitor.is_ticking:
                self.measured.trained += bool(seed % 10_000)
                await visitor.go(urlencode({"show": "run", "seed": str(seed)}))
                await visitor.click("train")
                seed += 1
            await asyncio.sleep(_PAUSE_SECONDS)
            await visitor.rerun(values={"panel": [chance.choice(["Curves", "Layers"])]})

    def _collect(self, class_: Sequence[Visitor]) -> None:
        for visitor in class_:
            self.measured.changes += [rerun for rerun in visitor.reruns if not rerun.is_tick]
            self.measured.ticks += [rerun for rerun in visitor.reruns if rerun.is_tick]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def is_learning(visitor: Visitor) -> bool:
    """Whether the page shows a point of a run: its progress names a step."""
    return any(" · step " in text for text in visitor.texts("progress"))


def _one_change(chance: random.Random, config: RunConfig) -> dict[str, Value]:
    """One widget of those in which the runs that ship differ, at that run's value."""
    penalty = config.penalty
    values: dict[str, Value] = {
        "norms-one": [norm_word(config.model.norms[0]) if config.model.norms else "None"],
        "dropout": [exact(config.model.dropout) if config.model.dropout else "off"],
        "l1": [exact(penalty.l1) if penalty.l1 else "off"],
        "l2": [exact(penalty.l2) if penalty.l2 else "off"],
    }
    name = chance.choice(sorted(values))
    return {name: values[name]}
