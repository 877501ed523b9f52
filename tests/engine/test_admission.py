"""Limits where requests enter the engine, and the housekeeping of its store."""

import contextlib
import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_kit import SMALL, write

from normlab.app.shell.in_use import Looks
from normlab.engine import Engine, EngineProblem, Housekeeper
from normlab.engine.capacity import Capacity
from normlab.engine.queue import Queue
from normlab.engine.states import QueueFull
from normlab.limits import UNLIMITED, Limits
from normlab.settings import changed
from normlab.store import Store

LIMITS = replace(UNLIMITED, waiting_per_session=2, waiting=3)
LIMITLESS = UNLIMITED


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    queue = Queue(tmp_path / "queue.sqlite", Capacity.here(1, 1))
    yield queue
    queue.close()


def ask(queue: Queue, run: str, session: str, limits: Limits = LIMITS) -> None:
    queue.request(run, {}, session, limits)


def test_a_session_may_have_so_many_waiting(queue: Queue) -> None:
    ask(queue, "a", "one")
    ask(queue, "b", "one")
    with pytest.raises(QueueFull, match="one visitor"):
        ask(queue, "c", "one")
    assert queue.waiting() == ["a", "b"]
    ask(queue, "a", "one")  # again is no more
    assert queue.take() is not None
    ask(queue, "c", "one")


def test_so_many_may_wait_in_all_and_joining_one_is_no_more(queue: Queue) -> None:
    for place in range(3):
        ask(queue, f"run {place}", f"session {place}")
    with pytest.raises(QueueFull, match="As many runs"):
        ask(queue, "another", "somebody")
    ask(queue, "run 0", "somebody")
    assert len(queue.waiting()) == 3


def test_tabs_of_one_browser_are_one_visitor(queue: Queue) -> None:
    for place in range(2):
        queue.request(f"run {place}", {}, f"tab {place}", LIMITS, "browser")
    for place in range(2, 14):
        with pytest.raises(QueueFull, match="in all your tabs, as one visitor may have here \\(2\\)"):
            queue.request(f"run {place}", {}, f"tab {place}", LIMITS, "browser")
    ask(queue, "another", "somebody")


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_tabs_of_a_few_browsers_do_a_newcomer_gets_a_place(queue: Queue, seed: int) -> None:
    chance = random.Random(seed)
    limits = replace(UNLIMITED, waiting_per_session=chance.choice([0, 3, 20]), waiting=chance.choice([4, 8, 40]))
    hoarders = chance.randint(1, limits.reserved)
    for _ in range(150):
        browser, tab = chance.randrange(hoarders), chance.randrange(14)
        run, session = f"run {chance.randrange(30)} of {browser}", f"{browser} {tab}"
        if chance.random() < 0.1:
            queue.withdraw(run, session)
        else:
            with contextlib.suppress(QueueFull):
                queue.request(run, {}, session, limits, f"browser {browser}")
    for place in range(limits.reserved - hoarders + 1):
        queue.request(f"newcomer's {place}", {}, f"session {place}", limits, f"newcomer {place}")
    assert len(queue.waiting()) <= limits.waiting


def test_the_last_places_are_for_visitors_who_have_none_waiting(queue: Queue) -> None:
    limits = replace(UNLIMITED, waiting=8)
    for place in range(6):
        queue.request(f"run {place}", {}, f"tab {place}", limits, "browser")
    with pytest.raises(QueueFull, match="last places of the queue are kept for visitors who have no run"):
        queue.request("one more", {}, "tab", limits, "browser")
    for place in range(2):
        queue.request(f"newcomer's {place}", {}, f"session {place}", limits, f"newcomer {place}")
    with pytest.raises(QueueFull, match="As many runs"):
        queue.request("late", {}, "late", limits, "late")
    queue.request("newcomer's 0", {}, "tab", limits, "browser")  # who joins takes no place


def test_tabs_of_one_browser_take_turns_as_one(queue: Queue) -> None:
    for place in range(3):
        queue.request(f"tab {place}", {}, f"tab {place}", LIMITLESS, "browser")
    queue.request("newcomer", {}, "newcomer", LIMITLESS, "other")
    assert queue.waiting() == ["tab 0", "newcomer", "tab 1", "tab 2"]


def test_a_reloaded_page_counts_for_the_visitor_it_was(queue: Queue) -> None:
    for name, visitor in (("unnamed", ""), ("named", "browser")):
        queue.request(name, {}, f"before {name}", LIMITS, visitor)
        queue.beat(lambda session: not session.startswith("before"))
        queue.place(name, f"after {name}")
    for name, visitor in (("unnamed", ""), ("named", "browser")):
        with pytest.raises(QueueFull, match="one visitor"):
            queue.request(f"{name} 2", {}, f"after {name}", replace(LIMITS, waiting_per_session=1), visitor)


def test_no_request_beyond_a_limit_enters_the_engine(tmp_path: Path) -> None:
    engine = Engine(Store(tmp_path), workers=1, limits=replace(UNLIMITED, epochs=2, training_images=100))
    try:
        with pytest.raises(EngineProblem, match=r"3 epochs \(at most 2\)"):
            engine.request(changed(SMALL, {"train_size": 64}), "session")
        with pytest.raises(EngineProblem, match=r"797 training images \(at most 100\)"):
            engine.request(changed(SMALL, {"epochs": 1}), "session")
        assert not engine._queue.waiting()
    finally:
        engine.close()


def test_the_housekeeper_keeps_what_open_sessions_show_and_removes_the_rest(tmp_path: Path) -> None:
    store, open_sessions = Store(tmp_path), {"here"}
    shown, left = (write(store, changed(SMALL, {"seed": seed})) for seed in (0, 1))
    for folder in (shown, left):
        for path in folder.iterdir():
            os.utime(path, (1_000_000_000, 1_000_000_000))
    (tmp_path / "padding-is-no-run").write_bytes(b"")
    looks = Looks(open_sessions.__contains__)
    looks.note("here", left.name)
    looks.begin("here")
    looks.note("here", shown.name)
    looks.note("gone", left.name)
    megabytes = store.used_bytes() // 1_000_000
    assert megabytes == 0, "made-up runs are small"
    with (shown / "events.jsonl").open("ab") as sink:  # so that the two are more than the smallest size
        sink.truncate(1_200_000)
    os.utime(shown / "events.jsonl", (1_000_000_000, 1_000_000_000))
    housekeeper = Housekeeper(store, 1, looks.shown, round_seconds=0.05)
    try:
        end = time.monotonic() + 5
        while left.exists() and time.monotonic() < end:
            time.sleep(0.02)
    finally:
        housekeeper.close()
    assert shown.exists()
    assert not left.exists()
