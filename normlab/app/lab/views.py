"""What the lab's panels show of a run; classes go by their number."""

import re

from normlab.app.lens.maps import TEST, TRAINING
from normlab.app.shell.views import FULL, ZOOM, View, metric, one_of, seed
from normlab.charts import layers, weights
from normlab.choices import Norm, Statistics

ANY = "any"
_CELL = re.compile(r"[a-z0-9]{2,12}(\.[a-z]{2,4})?(\.[0-9]{1,2}){3}")

AXIS = one_of("lab", "axis", (FULL, ZOOM))
METRIC = metric("lab")
OVERVIEW = one_of("lab", "overview", ("output_std", "input_std", "zeros"), str)
BLOCK = one_of("lab", "block", layers.BLOCKS)
STATISTICS = one_of("lab", "statistics", tuple(Statistics))
TRUE = one_of("lab", "true", (ANY, *map(str, range(10))))
PREDICTED = one_of("lab", "predicted", (ANY, *map(str, range(10))))
MEASURE = one_of("lab", "measure", tuple(weights.MEASURES), str)
PICTURE = one_of("lab", "picture", ("accuracy", "loss", "parts", "rate", "spread", "runs"), str)
LAYER = one_of("lab", "layer", weights.LAYERS)
RULER = one_of("lab", "ruler", layers.BLOCKS[::-1])
CHANNEL = seed("lab", "channel")
MEASURED = one_of("lab", "measured", tuple(Norm), str, is_open=True)
DRAWN = "drawn"
IMAGE = seed("lab", "image", DRAWN)
"""A test image by its number, or what was drawn on the pad; None for the first choice."""

VIEW = one_of("lab", "view", (TRAINING, TEST))
FILTERS = one_of("lab", "filters", (False, True))
CELL = View(
    *("lab", "cell", "", str),
    lambda text: text if _CELL.fullmatch(text) else None,
    "must name a value of a map, such as block3.bn.5.4.7",
)
"""What is under the lens, "" for the strongest value of block 1; `lens.sent.is_cell` knows those of each network."""

VIEWS = (
    *(AXIS, METRIC, OVERVIEW, BLOCK, STATISTICS, TRUE, PREDICTED, MEASURE, LAYER, PICTURE),
    *(RULER, CHANNEL, MEASURED, IMAGE, VIEW, FILTERS, CELL),
)
