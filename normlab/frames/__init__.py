"""Runs as data frames: the one step between a run's records and its charts and tables.

Units on this side: accuracies and shares in percent, losses and penalties in nats, times in seconds. A frame of a run
that has told nothing yet has its columns and no rows.
"""

from normlab.frames.curves import (
    METRICS,
    MODE_COLUMNS,
    SERIES,
    Gap,
    Metric,
    curves,
    epochs,
    gap,
    modes,
    overlay,
    steps,
)
from normlab.frames.labels import difference_labels
from normlab.frames.layers import (
    affine,
    channels,
    histograms,
    layer_at,
    layer_epochs,
    mismatch,
    mismatches,
    overview,
    running,
)
from normlab.frames.mistakes import confusion, per_class, predictions
from normlab.frames.weights import filters, weight_histogram, weights

__all__ = [
    "METRICS",
    "MODE_COLUMNS",
    "SERIES",
    "Gap",
    "Metric",
    "affine",
    "channels",
    "confusion",
    "curves",
    "difference_labels",
    "epochs",
    "filters",
    "gap",
    "histograms",
    "layer_at",
    "layer_epochs",
    "mismatch",
    "mismatches",
    "modes",
    "overlay",
    "overview",
    "per_class",
    "predictions",
    "running",
    "steps",
    "weight_histogram",
    "weights",
]
