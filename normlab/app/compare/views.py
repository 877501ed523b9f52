"""What Compare's sections show of the arms."""

from normlab.app.shell.views import FULL, ZOOM, metric, number, one_of, seed
from normlab.charts.layers import BLOCKS
from normlab.frames import OUTPUT, RELU, Band

MARGINS = (0.01, 10.0)
"""The smallest and the largest difference that may be called one that matters, in points."""


SECTIONS = ("Results", "Curves", "Layers", "Images")
SECTION = one_of("compare", "section", SECTIONS)
METRIC = metric("compare")
BAND = one_of("compare", "band", tuple(Band))
AXIS = one_of("compare", "axis", (FULL, ZOOM))
STAGE = one_of("compare", "stage", (OUTPUT, RELU))
TYPICAL = "typical"
SEED = seed("compare", "seed", TYPICAL)
FIXED, BROKEN, MISSED = "fixed", "broken", "missed"
IMAGES = one_of("compare", "images", (FIXED, BROKEN, MISSED))
BLOCK = one_of("compare", "block", BLOCKS)
MARGIN = number("compare", "margin", 0.1, *MARGINS)
VIEWS = (SECTION, METRIC, BAND, AXIS, BLOCK, STAGE, SEED, IMAGES, MARGIN)
