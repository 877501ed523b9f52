"""A class on phones, beside the lab: students join, answer twice, and the page may be killed in between."""

import asyncio
import json
import random
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from classroom_kit import CHOICE

from normlab.classroom import Classes, Phase, Place, Step
from normlab.cli.phones import Phone

JOIN_SECONDS, ANSWER_SECONDS, BACK_SECONDS = 60.0, 10.0, 30.0
_PATIENCE = 120.0


@dataclass
class Taught:
    """What was seen: seconds until an answer was acknowledged, until a new state was on a phone, until the wall had it;
    answers that are not what the phone was told is kept; of how many phones were back in time after a kill."""

    students: int
    joined: int = 0
    acknowledged: list[float] = field(default_factory=list)
    states: list[float] = field(default_factory=list)
    walls: list[float] = field(default_factory=list)
    answers: int = 0
    wrong: int = 0
    back: float | None = None
    problems: list[str] = field(default_factory=list)


@dataclass
class School:
    """`restart` kills the page's process and starts it again; None where it is left alone."""

    url: str
    store: Path
    students: int
    restart: Callable[[], Awaitable[None]] | None = None

    async def teach(self) -> Taught:
        """One question with two votes."""
        classes = Classes(self.store)
        opened = classes.open([CHOICE])

        def do(step: Step) -> None:
            view = classes.projector(opened.code)
            seen = Place(view["position"], Phase(view["phase"]), view["round"])
            classes.step(opened.code, opened.secret, step, seen)

        async def news(step: Step) -> None:
            """A step, and how long it takes to be on every phone."""
            started = time.monotonic()
            do(step)
            revision = classes.pulse({})[opened.code]
            await _until(lambda: all(revision in phone.states for phone in phones))
            found.states += [phone.states[revision] - started for phone in phones if revision in phone.states]

        phones = [Phone(self.url, opened.code, random.Random(n), ANSWER_SECONDS) for n in range(self.students)]
        found = Taught(self.students)
        print(f"{self.students} students join within {JOIN_SECONDS:.0f} s.", file=sys.stderr, flush=True)
        tasks = [asyncio.create_task(self._come(phone, n)) for n, phone in enumerate(phones)]
        wall = asyncio.create_task(self._watch(opened.code, found))
        await _until(lambda: all(phone.joined_at for phone in phones))
        found.joined = sum(phone.joined_at is not None for phone in phones)
        print(f"They answer within {ANSWER_SECONDS:.0f} s, twice.", file=sys.stderr, flush=True)
        await news(Step.OPEN)
        await asyncio.sleep(ANSWER_SECONDS + 2)
        await _until(lambda: all((0, 1) in phone.kept for phone in phones))
        await news(Step.CLOSE)
        await news(Step.AGAIN)
        if self.restart:
            await asyncio.sleep(ANSWER_SECONDS / 2)
            await self.restart()
            started = time.monotonic()
            for phone in phones:
                phone.is_up = False
            await asyncio.sleep(0.5)
            await _until(lambda: sum(phone.is_up for phone in phones) >= 0.95 * len(phones))
            found.back = time.monotonic() - started
        await asyncio.sleep(ANSWER_SECONDS + 2)
        await _until(lambda: all((0, 2) in phone.kept for phone in phones))
        do(Step.CLOSE)
        do(Step.REVEAL)
        table = classes.table(opened.code, opened.secret).splitlines()[1:]
        found.answers = len(table)
        told = sorted((number, answer) for phone in phones for (_, number), answer in phone.kept.items())
        kept = sorted((int(row.split(",")[5]), row.split(",")[6]) for row in table)
        found.wrong = sum((Counter(kept) - Counter(told)).values()) + sum((Counter(told) - Counter(kept)).values())
        classes.end(opened.code, opened.secret)
        await asyncio.wait_for(asyncio.gather(*tasks), _PATIENCE)
        wall.cancel()
        classes.close()
        found.acknowledged = [seconds for phone in phones for seconds in phone.seconds]
        found.problems = [problem for phone in phones for problem in phone.problems]
        return found

    async def _come(self, phone: Phone, place: int) -> None:
        await asyncio.sleep(JOIN_SECONDS * place / self.students)
        await phone.live()

    async def _watch(self, code: str, found: Taught) -> None:
        """The wall: how old a count is that it shows is bounded by how long it waits and how often it asks."""

        def look() -> None:
            with urllib.request.urlopen(f"{self.url}/c/{code}/wall", timeout=10) as answer:
                json.loads(answer.read())

        while True:
            started = time.monotonic()
            try:
                await asyncio.to_thread(look)
                found.walls.append(time.monotonic() - started)
            except OSError:
                await asyncio.sleep(0.5)
            await asyncio.sleep(0.7)


async def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not is_so() and time.monotonic() < end:
        await asyncio.sleep(0.05)
