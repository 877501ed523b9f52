"""How script runs take turns."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.testing.v1 import AppTest

from normlab.app import turns
from normlab.app.turns import AT_ONCE, in_turn, turn

_SECONDS = 10.0


def test_no_more_than_some_run_at_once_and_all_get_their_turn() -> None:
    running, most, lock = 0, 0, threading.Lock()
    full = threading.Barrier(AT_ONCE)

    @in_turn
    def run() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        full.wait(_SECONDS)  # passes only when so many run at once
        with lock:
            running -= 1

    with ThreadPoolExecutor(3 * AT_ONCE) as sessions:
        for done in [sessions.submit(run) for _ in range(3 * AT_ONCE)]:
            done.result(_SECONDS)
    assert most == AT_ONCE


def test_a_fragment_inside_a_page_goes_on_in_the_turn_of_the_page() -> None:
    full = threading.Barrier(AT_ONCE)

    def page() -> str:
        with turn():
            full.wait(_SECONDS)  # every turn is taken
            return in_turn(lambda: "drawn")()

    with ThreadPoolExecutor(AT_ONCE) as sessions:
        pages = [sessions.submit(page) for _ in range(AT_ONCE)]
        assert {done.result(_SECONDS) for done in pages} == {"drawn"}


def test_a_run_that_is_broken_off_gives_its_turn_back() -> None:
    class BrokenOff(BaseException):
        """As Streamlit breaks off a run whose page has changed."""

    @in_turn
    def run() -> None:
        raise BrokenOff

    for _ in range(AT_ONCE + 1):
        with pytest.raises(BrokenOff):
            run()


def test_a_page_is_one_turn(app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0

    class Counted(threading.Semaphore):
        def __enter__(self) -> bool:
            nonlocal taken
            taken += 1
            return super().__enter__()

    monkeypatch.setattr(turns, "_permits", Counted(AT_ONCE))
    assert not app().exception
    assert taken == 1
