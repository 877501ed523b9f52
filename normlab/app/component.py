"""The parts of the page that are drawn by scripts of its own."""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


def component(module: str, html: str | None = None) -> ComponentRenderer:
    """Registers the component of the Python file `module`: beside it lie its `.js` and, if it has looks, its `.css`."""
    file = Path(module)
    css = file.with_suffix(".css")
    return st.components.v2.component(
        file.stem, html=html, css=_text(css) if css.exists() else None, js=_text(file.with_suffix(".js"))
    )


def _text(file: Path) -> str:
    """Streamlit takes a text of one line for a path."""
    return "\n" + file.read_text(encoding="utf-8")
