"""What the server does besides running the page's script: it warms up before it lets anybody in."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from normlab.app.classroom import room
from normlab.app.lab import race
from normlab.app.lab.panels import curves
from normlab.app.shell import cached, descriptors, library
from normlab.errors import NormlabError

HOUR = 3_600.0
_LOGGER = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """From before the first visitor until the server ends."""
    await asyncio.to_thread(warm_up)
    tidying = asyncio.create_task(tidy_classes())
    yield
    tidying.cancel()


async def tidy_classes() -> None:
    """Every hour delete the classes whose time to go has come, also where nobody opens another one."""
    while True:
        try:
            await asyncio.to_thread(room.tidy)
        except NormlabError as problem:
            _LOGGER.warning("Old classes cannot be deleted; it is tried again in an hour. %s", problem)
        await asyncio.sleep(HOUR)


def warm_up() -> None:
    """What the first visitor would wait for: the engine with its worker, the list of runs, and what the lab opens with.

    Where something is not well the page says so: it must be served all the same.
    """
    try:
        descriptors.allow_more()
        if not cached.problem():
            library.entries()
            if run := cached.run(cached.opening()):
                curves.prepare(run)
            race.is_there()
    except Exception:
        _LOGGER.exception("The server starts without having warmed up.")
