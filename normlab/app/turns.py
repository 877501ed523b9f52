"""Script runs take turns.

Those of all sessions share one interpreter lock. Side by side thirty of them all end as late as the last one would
have, and get in each other's way on Streamlit's own locks besides; in turns the first ones end at once. Two at a time,
so that one long run does not hold up the short ones.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")

AT_ONCE = 2
_permits = threading.Semaphore(AT_ONCE)
_mine = threading.local()


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a turn, first come, first served, and keep it to the end; a run that has one goes on."""
    if getattr(_mine, "is_taken", False):
        yield
        return
    with _permits:
        _mine.is_taken = True
        try:
            yield
        finally:
            _mine.is_taken = False


def in_turn(draw: Callable[_P, _R]) -> Callable[_P, _R]:
    """For fragments, which run without their page when they are drawn again: a turn for each time."""

    @wraps(draw)
    def wait_and_draw(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with turn():
            return draw(*args, **kwargs)

    return wait_and_draw
