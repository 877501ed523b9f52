"""Rows that keep their place whatever stands in them, so that another run or pin moves nothing.

A style comes after what it is for: so a row has a fixed height at first, and may grow once the style is there.
"""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from normlab.app.shell import address, appearance

_LINE = (44, 56, 68)
"""Pixels on a laptop, a projector, and a phone: of a button, or of a line of text; on a phone of two."""

STYLE = """
[class*=st-key-row-], *:has(> [class*=st-key-row-]) { height: auto !important; overflow: visible; }
[class*=st-key-row-] { min-height: {height}px; padding: 0; }
"""


def style() -> str:
    """For the page's style element."""
    return STYLE.replace("{height}", str(_here(_LINE)))


def row(key: str, heights: tuple[int, int, int] = _LINE) -> DeltaGenerator:
    """The place, so many pixels high on a laptop, a projector, and a phone; its class is "st-key-row-" and the key."""
    return st.container(key=f"row-{key}", height=_here(heights), border=False, vertical_alignment="center")


def with_picture(words: Callable[[], None], picture: Callable[[], None]) -> None:
    """Draw what is said of a picture, and the picture: first of all on a projector and a phone, whose first screen
    holds little."""
    is_first = address.is_large() or appearance.is_phone()
    for draw in (picture, words) if is_first else (words, picture):
        draw()


def _here(heights: tuple[int, int, int]) -> int:
    return heights[1 if address.is_large() else 2 if appearance.is_phone() else 0]
