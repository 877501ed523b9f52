"""The choice between a vertical axis that zooms in and one that holds everything."""

import streamlit as st

from normlab.app import address
from normlab.app.views import FULL, ZOOM


def is_zoomed(key: str) -> bool:
    """Draw the choice, and tell it; it begins with the zoom."""
    chosen = st.segmented_control(
        "Vertical axis",
        [ZOOM, FULL],
        default=ZOOM,
        required=True,
        key=key,
        help="Zoom shows where the later epochs lie, and cuts off what lies outside.",
        on_change=address.acknowledge,
    )
    return chosen == ZOOM
