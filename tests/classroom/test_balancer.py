"""Two page processes on one store, behind a balancer: one dies while a class answers, and nobody loses anything."""

import asyncio
import os
import random
import shutil
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from pathlib import Path

import own_loop
import pytest
from classroom_kit import CHOICE
from server import Server, free_port, serve

from normlab.classroom import Classes, Opened, Phase, Place, Step
from normlab.cli.phones import Phone

CONFIGURATION = Path(__file__).parents[2] / "hosting" / "haproxy.cfg"
STUDENTS = 12


@asynccontextmanager
async def small(port: int, behind: list[int]) -> AsyncIterator[None]:
    """Each connection goes to the next process that takes it."""
    turn = cycle(behind)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while part := await reader.read(65_536):
                writer.write(part)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.current_task())
        try:
            for _ in behind:
                with suppress(OSError):
                    there, back = await asyncio.open_connection("127.0.0.1", next(turn))
                    await asyncio.gather(carry(reader, back), carry(there, writer))
                    return
        finally:
            writer.close()

    under_way: set[asyncio.Task[None] | None] = set()
    async with await asyncio.start_server(meet, "127.0.0.1", port):
        yield
        for task in filter(None, under_way):
            task.cancel()
        await asyncio.sleep(0.2)


@asynccontextmanager
async def haproxy(port: int, behind: list[int]) -> AsyncIterator[None]:
    """The one of `hosting/`."""
    one, two = (f"127.0.0.1:{number}" for number in behind)
    places = {"NORMLAB_BIND": f"127.0.0.1:{port}", "NORMLAB_ONE": one, "NORMLAB_TWO": two}
    process = subprocess.Popen(["haproxy", "-db", "-f", str(CONFIGURATION)], env={**os.environ, **places})
    try:
        for _ in range(100):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/c/ping", timeout=1) as answer:
                assert "NORMLAB_PROCESS" in answer.headers["set-cookie"]
                break
            await asyncio.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(10)


def step(classes: Classes, mine: Opened, step: Step) -> None:
    view = classes.projector(mine.code)
    classes.step(mine.code, mine.secret, step, Place(view["position"], Phase(view["phase"]), view["round"]))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("balancer", [small, haproxy])
def test_a_class_goes_on_when_one_of_two_page_processes_dies(tmp_path: Path, balancer: object) -> None:
    if balancer is haproxy and shutil.which("haproxy") is None:
        pytest.skip("there is no haproxy here")
    store = tmp_path / "one" / "store"
    for folder in (store, tmp_path / "two", tmp_path / "shipped"):
        folder.mkdir(parents=True)
    servers: list[Server] = []
    classes = Classes(store)
    mine = classes.open([CHOICE])
    port = free_port()
    phones = [Phone(f"http://127.0.0.1:{port}", mine.code, random.Random(n), pace=3.0) for n in range(STUDENTS)]

    async def until(is_so: object) -> None:
        end = time.monotonic() + 60
        while not is_so():  # type: ignore[operator]
            assert time.monotonic() < end
            await asyncio.sleep(0.1)

    async def lesson() -> None:
        for name in ("one", "two"):
            settings = {} if name == "one" else {"NORMLAB_STORE": str(store)}
            servers.append(await asyncio.to_thread(serve, tmp_path / name, tmp_path / "shipped", 0, **settings))
        behind = [int(server.url.rpartition(":")[2]) for server in servers]
        async with balancer(port, behind):  # type: ignore[operator]
            tasks = [asyncio.create_task(phone.live()) for phone in phones]
            await until(lambda: all(phone.joined_at for phone in phones))
            step(classes, mine, Step.OPEN)
            await until(lambda: classes.projector(mine.code)["answered"] >= 2)
            servers[0].process.kill()
            await until(lambda: all((0, 1) in phone.kept for phone in phones))
            await until(lambda: all(phone.is_up for phone in phones))
            classes.end(mine.code, mine.secret)
            await asyncio.wait_for(asyncio.gather(*tasks), 60)

    try:
        own_loop.run(lesson())
    finally:
        for server in servers:
            if server.process.poll() is None:
                server.end()
    counts = classes.console(mine.code, mine.secret)["tally"]["counts"]["1"]
    told = [phone.kept[0, 1] for phone in phones]
    assert {key: told.count(key) for key in set(told)} == counts
    assert not [problem for phone in phones for problem in phone.problems]
    classes.close()
