"""Visitors who reload, and the files that the page's process has open for them."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import own_loop
import pytest
from server import Server, serve
from visitor import visit
from websockets.asyncio.client import ClientConnection, connect

FEW, VISITORS, RELOADS = 256, 30, 5


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An app that starts with few open files, as on macOS."""
    folder = tmp_path_factory.mktemp("narrow")
    server = serve(folder, folder / "nothing-ships", 0, descriptors=FEW)
    yield server
    server.end()


@contextlib.asynccontextmanager
async def session(server: Server) -> AsyncIterator[ClientConnection]:
    """A page that has connected and asked for nothing yet."""
    stream = f"ws://{urlsplit(server.url).netloc}/_stcore/stream"
    async with connect(stream, subprotocols=["streamlit"], ping_interval=None) as socket:  # type: ignore[list-item]
        yield socket


async def reload_by_all(server: Server) -> int:
    """Everybody opens the page and reloads it again and again. The most files that its process had open."""
    async with visit(server.url):
        pass
    most = 0
    for _ in range(RELOADS):
        async with contextlib.AsyncExitStack() as stack:
            await asyncio.gather(*(stack.enter_async_context(session(server)) for _ in range(VISITORS)))
            most = max(most, open_files(server.pid))
    async with visit(server.url) as visitor:
        assert visitor.texts("heading")
        assert not visitor.exception()
    return most


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to count open files")
def test_thirty_visitors_who_reload_do_not_use_up_the_files(narrow: Server) -> None:
    most = own_loop.run(reload_by_all(narrow))
    assert "Too many open files" not in narrow.log.read_text()
    assert most > FEW, "else nothing was tried"
