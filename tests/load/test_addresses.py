"""A thousand addresses that nobody should write, through a running server: each is answered with the right sentence."""

import asyncio
import random
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin
from urllib.parse import urlencode

import own_loop
import pytest
from server import Server, serve
from visitor import Visitor, visit

from normlab.app.shell.words import plain
from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.limits import read
from normlab.rules import Rule
from normlab.settings import SETTINGS, VERSION_KEY, Setting, from_query, one_each
from normlab.titles import title

ADDRESSES, TOGETHER, IN_A_SESSION = 1_000, 8, 4
MOST_EPOCHS = "20"
STRANGE = (
    *("", " ", "abc", "NaN", "inf", "-inf", "1e999", "-0", "0x10", "1_000", "１２", "true", "None", "1,5", "2.0", "+3"),
    *("<b>x</b>", "[a](http://x)", "$\\alpha$", "`x`", "bn+bn", "bn+evil", "../..", "%00", "'; DROP TABLE runs", "é🙂"),
    *("9" * 400, "a b", "&=?#", "x" * 3_000),
)


def number(rule: Rule, chance: random.Random) -> str:
    """On, just inside, or just outside the rule's limits."""
    step = chance.choice([0, 1, -1, 0.5, 1e-9, 1e9])
    return repr(chance.choice([rule.low, rule.high]) + step).removesuffix(".0")


def value(setting: Setting, chance: random.Random) -> str:
    """Right, at the boundary, or of another type; settings that are right alone may contradict each other."""
    kind = chance.random()
    if kind < 0.25:
        return chance.choice(STRANGE)
    if setting.kind in (int, float):
        near = str(chance.choice([0, 1, 2, 3, 8, 16, 50, 64, 100, 797, 798, 1_024, 0.5, 0.9]))
        return number(setting.rule, chance) if kind < 0.6 else near
    if setting.kind is bool:
        return chance.choice(["true", "false", "1", "no", "maybe"])
    if get_origin(setting.kind) is tuple:
        known = [*get_args(setting.kind)[0], "evil", "none"]
        return "+".join(chance.sample(known, chance.randint(1, 4)))
    return chance.choice([*setting.kind, "evil"])


def query(chance: random.Random) -> dict[str, str]:
    names = chance.sample(sorted(SETTINGS), chance.randint(1, 7))
    found = {name: value(SETTINGS[name], chance) for name in names}
    if chance.random() < 0.1:
        found["".join(chance.choices(string.ascii_lowercase, k=6))] = chance.choice(STRANGE)
    if chance.random() < 0.1:
        found["v"] = chance.choice(["1", "2", "", "x"])
    return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    data = str(tmp_path / "data")
    server = serve(tmp_path, shipped, 1, NORMLAB_LIMIT_EPOCHS=MOST_EPOCHS, NORMLAB_DATA=data)
    yield server
    server.end()


def complaint(visitor: Visitor, asked: dict[str, str]) -> str:
    """What is wrong with the answer to an address; "" if nothing is."""
    given, refused = one_each(asked.items())
    strange = [name for name in given if name not in (*SETTINGS, VERSION_KEY)]
    config, wrong = from_query({name: text for name, text in given.items() if name not in strange})
    refused += wrong
    alerts = "\n\n".join(visitor.texts("alert"))
    if problem := visitor.exception():
        return problem
    if title(config) not in visitor.texts("heading"):
        return f"the page shows {visitor.texts('heading')} instead of {title(config)}"
    for error in refused[:12]:
        if plain(str(error)) not in alerts:
            return f"{error} is not said"
    for name in strange:
        if name not in "\n\n".join([alerts, *visitor.texts("markdown")]):
            return f"{name} is not said"
    if not refused and not strange and "cannot be used" in alerts:
        return f"there is a complaint without reason: {alerts}"
    return limit_complaint(visitor, config, alerts)


def limit_complaint(visitor: Visitor, config: RunConfig, alerts: str) -> str:
    excess = read({"NORMLAB_LIMIT_EPOCHS": MOST_EPOCHS}).exceeded(config)
    if excess and visitor.has("train"):
        return "Train can be pressed beyond a limit"
    if excess and config.data.dataset is Dataset.DIGITS and plain(excess) not in alerts:
        return f"{excess} is not said"
    return "" if excess or config.data.dataset is not Dataset.DIGITS or visitor.has("train") else "Train is missing"


async def try_all(url: str, queries: list[dict[str, str]]) -> list[str]:
    """The first address opens a session, the next ones are written over it, as in a browser's address line."""
    turn = asyncio.Semaphore(TOGETHER)

    async def session(asked: tuple[dict[str, str], ...]) -> list[str]:
        async with turn, visit(url, urlencode(asked[0])) as visitor:
            found = [complaint(visitor, asked[0])]
            for another in asked[1:]:
                await visitor.go(urlencode(another))
                found.append(complaint(visitor, another))
            return [f"{urlencode(one)[:300]}: {text}" for one, text in zip(asked, found, strict=True) if text]

    parts = [tuple(queries[start : start + IN_A_SESSION]) for start in range(0, len(queries), IN_A_SESSION)]
    wrong = await asyncio.gather(*(session(part) for part in parts))
    return [text for texts in wrong for text in texts]


@pytest.mark.slow
def test_every_address_gets_the_right_sentence_and_no_traceback(server: Server) -> None:
    chance = random.Random(20_260_301)
    queries = [query(chance) for _ in range(ADDRESSES)]
    wrong = own_loop.run(try_all(server.url, queries))
    assert not wrong, "\n".join([f"{len(wrong)} addresses were answered wrongly, such as", *wrong[:8]])
    assert "Traceback" not in server.log.read_text(encoding="utf-8")
