"""What Compare's sections show of the arms."""

from normlab.app.views import View, metric, one_of
from normlab.charts.layers import BLOCKS

MARGINS = (0.01, 10.0)
"""The smallest and the largest difference that may be called one that matters, in points."""


def _margin(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if MARGINS[0] <= value <= MARGINS[1] else None


SECTIONS = ("Results", "Curves", "Layers", "Images")
SECTION = one_of("compare", "section", SECTIONS)
METRIC = metric("compare")
BLOCK = one_of("compare", "block", BLOCKS)
MARGIN = View(
    "compare", "margin", 0.1, "{:g}".format, _margin, f"must be a number from {MARGINS[0]:g} to {MARGINS[1]:g}"
)
VIEWS = (SECTION, METRIC, BLOCK, MARGIN)
