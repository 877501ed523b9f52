"""Text alternatives of charts: what each shows, in words from its data.

What Streamlit calls `alt` is a part of a chart's specification, and other words would make the browser build the chart
anew. So a chart's `alt` is its name alone, and a script puts the words in its place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from normlab.app.shell.component import component

_FOUND: ContextVar[dict[str, str]] = ContextVar("alternatives")

_send = component(__file__)


@contextmanager
def sent() -> Iterator[None]:
    """Around all charts of a page or panel: the words of all of them go to the browser together, after them."""
    found: dict[str, str] = {}
    token = _FOUND.set(found)
    try:
        yield
    finally:
        _FOUND.reset(token)
    _send(key="alternatives", data=found)


def tell(name: str, words: str) -> None:
    """What the chart with this name shows; no other in the same place has the name."""
    _FOUND.get()[name] = words
