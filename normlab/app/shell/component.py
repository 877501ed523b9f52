"""The parts of the page that are drawn by scripts of its own."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from normlab.app.shell.fragments import catch_up


def component(
    module: str, html: str | None = None, *, name: str = "", scripts: Sequence[str] = ()
) -> ComponentRenderer:
    """Registers the component of the Python file `module`: beside it lie its `.js`, or its `scripts` in order, and, if
    it has looks, its `.css`. It has the name of the file unless it is given another.
    """
    file = Path(module)
    css = file.with_suffix(".css")
    return st.components.v2.component(
        name or file.stem, html=html, css=_text(css) if css.exists() else None, js=script(module, scripts)
    )


def script(module: str, scripts: Sequence[str] = ()) -> str:
    """The component's script, whole."""
    file = Path(module)
    return "".join(_text(file.with_name(part)) for part in scripts or (f"{file.stem}.js",))


def heard(key: str, trigger: str, act: Callable[[Any], None]) -> Callable[[], None]:
    """A callback that does `act` with what the component of this key has said.

    What it says together with a step to another page is dropped: Streamlit calls back, but knows the key no more.
    """

    def callback() -> None:
        message = (st.session_state.get(key) or {}).get(trigger)
        if message is not None:
            act(message)
            catch_up()

    return callback


def _text(file: Path) -> str:
    """Streamlit takes a text of one line for a path."""
    return "\n" + file.read_text(encoding="utf-8")
