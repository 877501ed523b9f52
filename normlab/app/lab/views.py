"""What the lab's panels show of a run; classes go by their number."""

from normlab.app.shell.views import FULL, ZOOM, metric, one_of
from normlab.charts import layers, weights
from normlab.choices import Statistics

ANY = "any"

AXIS = one_of("lab", "axis", (ZOOM, FULL))
METRIC = metric("lab")
OVERVIEW = one_of("lab", "overview", ("output_std", "input_std", "zeros"), str)
BLOCK = one_of("lab", "block", layers.BLOCKS)
STATISTICS = one_of("lab", "statistics", tuple(Statistics))
TRUE = one_of("lab", "true", (ANY, *map(str, range(10))))
PREDICTED = one_of("lab", "predicted", (ANY, *map(str, range(10))))
MEASURE = one_of("lab", "measure", tuple(weights.MEASURES), str)
LAYER = one_of("lab", "layer", weights.LAYERS)

VIEWS = (AXIS, METRIC, OVERVIEW, BLOCK, STATISTICS, TRUE, PREDICTED, MEASURE, LAYER)
