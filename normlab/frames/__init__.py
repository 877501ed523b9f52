"""Runs as data frames: the one step between a run's records and its charts and tables.

Units on this side: accuracies and shares in percent, losses and penalties in nats, times in seconds. A frame of a run
that has told nothing yet has its columns and no rows.
"""

from normlab.frames.compare import (
    BANDS,
    FINALS,
    Band,
    Group,
    bands,
    difference_unit,
    differences,
    final_values,
    finals,
    group_channels,
    group_histograms,
    group_layers,
    groups,
    layer_curves,
    stage_of,
)
from normlab.frames.curves import (
    METRICS,
    SERIES,
    Gap,
    Metric,
    curves,
    epochs,
    gap,
    overlay,
    steps,
)
from normlab.frames.labels import config_labels, difference_labels
from normlab.frames.layers import (
    Mismatch,
    affine,
    channels,
    histograms,
    layer_at,
    layer_epochs,
    mismatch,
    overview,
    running,
)
from normlab.frames.mistakes import confusion, per_class, predictions
from normlab.frames.weights import filters, weight_histogram, weights

__all__ = [
    "BANDS",
    "FINALS",
    "METRICS",
    "SERIES",
    "Band",
    "Gap",
    "Group",
    "Metric",
    "Mismatch",
    "affine",
    "bands",
    "channels",
    "config_labels",
    "confusion",
    "curves",
    "difference_labels",
    "difference_unit",
    "differences",
    "epochs",
    "filters",
    "final_values",
    "finals",
    "gap",
    "group_channels",
    "group_histograms",
    "group_layers",
    "groups",
    "histograms",
    "layer_at",
    "layer_curves",
    "layer_epochs",
    "mismatch",
    "overlay",
    "overview",
    "per_class",
    "predictions",
    "running",
    "stage_of",
    "steps",
    "weight_histogram",
    "weights",
]
