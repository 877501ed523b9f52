"""Phones that are none: they speak to a class as the student's page does, and answer at random."""

import asyncio
import json
import random
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from normlab.classroom import EXPERIMENT, UNDECIDED, Outcome

_PATIENCE = 12.0
"""Seconds for an answer: the server holds a question for news for five."""
_MOST_REST = 10.0
_OVER = {404, 410}
_ENDED = {*Outcome}

_Answer = tuple[int, Mapping[str, str], Any]


class Line:
    """A connection to the page, opened again when it breaks."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._path = parts.hostname or "", parts.path.rstrip("/")
        self._is_secret = parts.scheme == "https"
        self._port = parts.port or (443 if self._is_secret else 80)
        self._name = parts.netloc
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, headers: Mapping[str, str], body: object = None) -> _Answer:
        """Status, headers and content. Raises `OSError` if the line is down, and closes it."""
        try:
            return await asyncio.wait_for(self._ask(path, headers, body), _PATIENCE)
        except (TimeoutError, asyncio.IncompleteReadError, ValueError, IndexError) as error:
            self.close()
            raise OSError(str(error)) from error
        except BaseException:
            self.close()
            raise

    async def _ask(self, path: str, headers: Mapping[str, str], body: object) -> _Answer:
        if self._streams is None:
            secret = ssl.create_default_context() if self._is_secret else None
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=secret)
        reader, writer = self._streams
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{'GET' if body is None else 'POST'} {self._path}{path} HTTP/1.1", f"Host: {self._name}"]
        lines += [f"{name}: {text}" for name, text in headers.items()]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        found = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in head[1:] if line)}
        got = await reader.readexactly(int(found.get("content-length", "0")))
        return int(head[0].split()[1]), found, json.loads(got) if got else None

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass
class Phone:
    """A student who answers each question within `pace` seconds.

    `kept` is what the server has acknowledged, by question and round; `seconds` how long that took each time; `states`
    when (monotonic) the phone had each revision of the class; `problems` what it was told that it should not have been.
    `runs` are its runs in the class' experiments as last told, by question; `ended` when (monotonic) each had ended.
    """

    address: str
    code: str
    chance: random.Random
    pace: float = 10.0
    kept: dict[tuple[int, int], Any] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    states: dict[int, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    runs: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    ended: dict[int, float] = field(default_factory=dict)
    joined_at: float | None = None
    is_up: bool = False
    _token: str = ""
    _sequence: int = 0

    async def live(self) -> None:
        """From joining until the class is over."""
        line, name, failures = Line(self.address), "", 0
        answering: dict[tuple[int, int], asyncio.Task[None]] = {}
        training: dict[int, asyncio.Task[None]] = {}
        try:
            while True:
                try:
                    if not self._token and not await self._join(line):
                        return
                    status, headers, state = await line.ask(self._at("state"), self._says(name))
                    failures, self.is_up = 0, status < 500
                    if status in _OVER or (status == 200 and state["over"]):
                        return
                    if status == 403:
                        self._token = ""
                    elif status == 200:
                        name = headers["etag"]
                        self.states.setdefault(state["revision"], time.monotonic())
                        place = (state["position"], state["round"])
                        if state["phase"] == "open" and place not in answering:
                            answering[place] = asyncio.create_task(self._answer(state))
                        if state["phase"] == "running" and place[0] not in training:
                            training[place[0]] = asyncio.create_task(self._train(place[0]))
                    elif status != 304:
                        raise OSError(str(state))
                except OSError:
                    self.is_up = False
                    failures += 1
                    await self._rest(failures)
        finally:
            for task in (*answering.values(), *training.values()):
                task.cancel()
            line.close()

    async def _join(self, line: Line) -> bool:
        status, _, content = await line.ask(self._at("join"), self._says(), {"token": None})
        if status == 200:
            self._token, self.joined_at = content["token"], time.monotonic()
        elif status in _OVER:
            self.problems.append(content["problem"])
            return False
        else:
            raise OSError(content["problem"])
        return True

    async def _answer(self, state: Mapping[str, Any]) -> None:
        """Think, send until it is acknowledged; a third changes its mind once."""
        place, line = (state["position"], state["round"]), Line(self.address)
        try:
            if state["question"]["kind"] == EXPERIMENT:
                await self._own(line, place[0])
            for _ in range(1 + (self.chance.random() < 1 / 3)):
                await asyncio.sleep(self.chance.uniform(0, self.pace / 2))
                self._sequence += 1
                answer = guess(state["question"], self.chance)
                body = {"position": place[0], "round": place[1], "answer": answer, "sequence": self._sequence}
                if not await self._send(line, body):
                    return
                self.kept[place] = answer
        finally:
            line.close()

    async def _train(self, position: int) -> None:
        """Press *Train* after a moment, and look until the run has ended, as often as the student's page does."""
        line, is_pressed = Line(self.address), False
        try:
            while position not in self.ended:
                await asyncio.sleep(self.chance.uniform(1, 2))
                is_pressed = await self._own(line, position, train=not is_pressed) or is_pressed
        finally:
            line.close()

    async def _own(self, line: Line, position: int, *, train: bool = False) -> bool:
        """Ask for the own run; whether it was told."""
        with suppress(OSError):
            status, _, content = await line.ask(self._at("run"), self._says(), {"position": position, "train": train})
            if status == 200:
                self.runs[position] = content
                if content["state"] in _ENDED:
                    self.ended.setdefault(position, time.monotonic())
                return True
            if status in (404, 409, 410):  # it is over
                self.ended.setdefault(position, time.monotonic())
        return False

    async def _send(self, line: Line, body: Mapping[str, Any]) -> bool:
        failures = 0
        while True:
            started = time.monotonic()
            with suppress(OSError):
                status, _, content = await line.ask(self._at("answer"), self._says(), body)
                if status == 200:
                    self.seconds.append(time.monotonic() - started)
                    return True
                if status < 500 and status != 429:
                    if status != 409:  # a closed question is no mistake
                        self.problems.append(content["problem"])
                    return False
            failures += 1
            await self._rest(failures)

    async def _rest(self, failures: int) -> None:
        """As long as the student's page: half a second to ten, at random."""
        await asyncio.sleep(min(_MOST_REST, 0.5 * 2 ** min(failures, 5)) * self.chance.uniform(0.5, 1.5))

    def _at(self, what: str) -> str:
        return f"/c/{self.code}/{what}"

    def _says(self, name: str = "") -> dict[str, str]:
        said = {"X-Token": self._token, "X-Browser": f"rehearsal-{id(self)}"}
        return said | ({"If-None-Match": name} if name else {})


def guess(question: Mapping[str, Any], chance: random.Random) -> Any:
    """An answer that somebody could give: in a class some are given more often."""
    if question["kind"] == "choice":
        keys = [option["key"] for option in question["options"]]
        return chance.choices([*keys, UNDECIDED], [*range(len(keys) + 1, 1, -1), 0.5])[0]
    if question["kind"] in ("number", EXPERIMENT):
        return round(chance.triangular(question["low"], question["high"]), 2)
    low, high = question["y"]["low"], question["y"]["high"]
    ends = sorted(chance.uniform(low, high) for _ in range(2))
    count = len(question["points"])
    return [ends[0] + (ends[1] - ends[0]) * index / max(1, count - 1) for index in range(count)]
