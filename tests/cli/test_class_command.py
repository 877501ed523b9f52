"""`normlab class rehearse`: what it refuses, and a class of thirty on a real page, which is killed in the middle."""

import asyncio
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import own_loop
import pytest
from classroom_kit import CHOICE, EXPERIMENT, NUMBER, SKETCH
from server import Server, free_port, serve

from normlab.classroom import Classes, Opened, Phase, Place, Step
from normlab.cli.commands import run as main
from normlab.cli.phones import Phone, guess


@pytest.mark.parametrize(
    "words",
    [
        ["rehearse", "ABC"],
        ["rehearse", "ABCDEF", "--address", "localhost:8501"],
        ["rehearse", "ABCDEF", "--address", "ftp://localhost"],
    ],
)
def test_what_cannot_be_rehearsed_is_said_in_a_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["class", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("question", [CHOICE, NUMBER, SKETCH, EXPERIMENT])
def test_every_guess_is_an_answer(question: Any) -> None:
    chance = random.Random(5)
    for _ in range(200):
        question.read(guess(question.public, chance))


class Teacher:
    """Has the console of a class whose file a page serves."""

    def __init__(self, classes: Classes) -> None:
        self.classes = classes
        self.mine: Opened = classes.open([CHOICE, NUMBER])

    def do(self, step: Step) -> None:
        view = self.classes.projector(self.mine.code)
        seen = Place(view["position"], Phase(view["phase"]), view["round"])
        self.classes.step(self.mine.code, self.mine.secret, step, seen)

    async def until(self, name: str, count: int, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while (found := self.classes.projector(self.mine.code)[name]) < count:
            assert time.monotonic() < end, f"{found} {name}, not {count}"
            await asyncio.sleep(0.1)


@pytest.mark.timeout(300)
def test_a_class_of_thirty_outlives_the_page_and_loses_no_answer(tmp_path: Path) -> None:
    shipped = tmp_path / "shipped"
    for folder in (shipped, tmp_path / "store"):
        folder.mkdir()
    port = free_port()
    servers: list[Server] = [serve(tmp_path, shipped, 0, port=port)]
    teacher = Teacher(Classes(tmp_path / "store"))
    chance = random.Random(1)
    phones = [Phone(servers[0].url, teacher.mine.code, random.Random(chance.random()), pace=2.0) for _ in range(30)]

    async def lesson() -> None:
        tasks = [asyncio.create_task(phone.live()) for phone in phones]
        await teacher.until("joined", 30)
        teacher.do(Step.OPEN)
        await teacher.until("answered", 30)
        teacher.do(Step.CLOSE)
        teacher.do(Step.AGAIN)
        await teacher.until("answered", 5)
        await asyncio.to_thread(servers[0].process.kill)
        await asyncio.to_thread(servers[0].process.wait)
        servers.append(await asyncio.to_thread(serve, tmp_path, shipped, 0, port=port))
        await teacher.until("answered", 30)
        await asyncio.sleep(2)  # whoever changes his mind has done so
        teacher.do(Step.CLOSE)
        teacher.do(Step.REVEAL)
        teacher.classes.end(teacher.mine.code, teacher.mine.secret)
        await asyncio.wait_for(asyncio.gather(*tasks), 60)

    try:
        own_loop.run(lesson())
    finally:
        for server in servers:
            if server.process.poll() is None:
                server.end()
    tally = teacher.classes.console(teacher.mine.code, teacher.mine.secret)["tally"]
    for number in (1, 2):
        assert tally["counts"][str(number)] == Counter(phone.kept[0, number] for phone in phones)
    assert tally["answered"] == {"1": 30, "2": 30}
    assert not [problem for phone in phones for problem in phone.problems]
    assert all("Traceback" not in server.log.read_text() for server in servers)
    teacher.classes.close()
