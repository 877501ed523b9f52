"""The parts of the page that are drawn by scripts of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


def component(module: str, html: str | None = None) -> ComponentRenderer:
    """Registers the component of the Python file `module`: beside it lie its `.js` and, if it has looks, its `.css`."""
    file = Path(module)
    css = file.with_suffix(".css")
    return st.components.v2.component(
        file.stem, html=html, css=_text(css) if css.exists() else None, js=_text(file.with_suffix(".js"))
    )


def heard(key: str, trigger: str, act: Callable[[Any], None]) -> Callable[[], None]:
    """A callback that does `act` with what the component of this key has said.

    What it says together with a step to another page is dropped: Streamlit calls back, but knows the key no more.
    """

    def callback() -> None:
        message = (st.session_state.get(key) or {}).get(trigger)
        if message is not None:
            act(message)

    return callback


def _text(file: Path) -> str:
    """Streamlit takes a text of one line for a path."""
    return "\n" + file.read_text(encoding="utf-8")
