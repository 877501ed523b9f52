"""The drawing that this session has made: its bytes, and a serial number that rises with every change.

The pad counts on from the number it knows, so that of two changes the later one stays. The browser's tab keeps the
drawing, packed: it is taken up where nobody has drawn in this session.
"""

import base64
import binascii
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st

from normlab import drawing
from normlab.app.shell import tab
from normlab.drawing import Canvas

CENTERED = "drawing-centered"
_CANVAS, _SERIAL, _EXAMPLE = "drawing-canvas", "drawing-serial", "drawing-example"


def is_new() -> bool:
    """Whether nothing was ever on the pad."""
    return _CANVAS not in st.session_state


def begin(example: Canvas) -> None:
    """Something to look at until somebody draws. As it is, so not centered."""
    st.session_state[_CANVAS], st.session_state[_EXAMPLE] = example, True
    st.session_state[CENTERED] = False


def is_drawn() -> bool:
    """Whether somebody has drawn."""
    return not is_new() and not is_example()


def is_centered() -> bool:
    """Whether networks get the drawing centered and scaled, as their own images were."""
    return bool(st.session_state.get(CENTERED, True))


def is_example() -> bool:
    """Whether what is on the pad was put there unasked."""
    return bool(st.session_state.get(_EXAMPLE))


def take_up() -> None:
    """Take over the drawing that the tab has kept; what is none is left out."""
    kept = tab.take(tab.DRAWING)
    if not isinstance(kept, dict) or not (is_new() or is_example()):
        return
    drawn = _unpacked(kept.get("ink"))
    if drawn is not None:
        keep(drawn)
        st.session_state[CENTERED] = kept.get("centered") is not False


def hold() -> None:
    """Let the tab keep the drawing: an element without size."""
    packed = base64.b64encode(zlib.compress(canvas().tobytes(), level=9)).decode("ascii")
    tab.hold(tab.DRAWING, {"ink": packed, "centered": st.session_state[CENTERED]} if is_drawn() else None)


def _unpacked(text: object) -> Canvas | None:
    if not isinstance(text, str):
        return None
    size = drawing.SIZE**2
    try:  # never more than a drawing, however much the text would unpack to
        ink = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), size + 1)
    except (ValueError, zlib.error):
        return None
    return np.frombuffer(ink, np.uint8).reshape(drawing.SIZE, drawing.SIZE) if len(ink) == size else None


def canvas() -> Canvas:
    canvas: Canvas = st.session_state.setdefault(_CANVAS, drawing.empty())
    return canvas


def serial() -> int:
    number: int = st.session_state.get(_SERIAL, 0)
    return number


def keep(new: Canvas) -> None:
    """A change that the pad does not know of yet."""
    st.session_state[_CANVAS], st.session_state[_EXAMPLE] = new, False
    st.session_state[_SERIAL] = serial() + 1


def change(turn: Callable[[Canvas], Canvas]) -> None:
    """For callbacks: what moves or turns the drawing."""
    keep(turn(canvas()))


def take(message: Mapping[str, Any]) -> None:
    """For the pad's callback: what was drawn; a new drawing begins centered. A message that is no news is dropped.

    Who only takes ink away from the example still has the example.
    """
    number, ink = message.get("serial"), message.get("ink")
    if not isinstance(number, int) or not isinstance(ink, str) or number <= serial():
        return
    try:
        drawn = np.frombuffer(base64.b64decode(ink, validate=True), np.uint8)
    except binascii.Error:
        return
    if drawn.size == drawing.SIZE**2:
        drawn = drawn.reshape(drawing.SIZE, drawing.SIZE)
        if not drawn.any() or (is_example() and (drawn > canvas()).any()):
            st.session_state[CENTERED] = True
        st.session_state[_CANVAS], st.session_state[_SERIAL] = drawn, number
        st.session_state[_EXAMPLE] = False


def encoded() -> str:
    return base64.b64encode(canvas().tobytes()).decode("ascii")
