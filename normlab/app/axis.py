"""The choice between a vertical axis that zooms in and one that holds everything."""

from collections.abc import Callable

import streamlit as st

ZOOM, FULL = "Zoom", "Full scale"


def is_zoomed(key: str, on_change: Callable[[], None]) -> bool:
    """Draw the choice, and tell it; it begins with the zoom."""
    chosen = st.segmented_control(
        "Vertical axis",
        [ZOOM, FULL],
        default=ZOOM,
        required=True,
        key=key,
        help="Zoom shows where the later epochs lie, and cuts off what lies outside.",
        on_change=on_change,
    )
    return chosen == ZOOM
