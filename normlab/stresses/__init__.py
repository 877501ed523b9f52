"""Trained networks where they were not trained to be: what fog, other brightness, scaled weights, other statistics and
other neighbors do to their answers, in numpy.

`apply` puts a run's network under a `Stress`; `sweeps` are the results that ship, `table` compares a pilot's.
"""

from normlab.stresses import sweeps, table
from normlab.stresses.batches import batches
from normlab.stresses.outcome import Forward, Outcome, Ruler, apply, ruler, stress
from normlab.stresses.sample import Sample, pixels, sample, seen
from normlab.stresses.settings import SETTINGS, Composition, Neighbors, Stress, changed, from_query, to_query
from normlab.stresses.trial import Network

__all__ = [
    "SETTINGS",
    "Composition",
    "Forward",
    "Neighbors",
    "Network",
    "Outcome",
    "Ruler",
    "Sample",
    "Stress",
    "apply",
    "batches",
    "changed",
    "from_query",
    "pixels",
    "ruler",
    "sample",
    "seen",
    "stress",
    "sweeps",
    "table",
    "to_query",
]
