"""Whether runs with the same seed have something in common."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from normlab.compare.contrasts import Estimate, Values, estimate, paired, unpaired

FEWEST_SEEDS = 3
"""Fewer shared seeds say nothing."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """What the seeds that two settings share have in common.

    `correlation` is Spearman's, of ranks, so that failed seeds do not set it. `paired` is the second setting minus the
    first, seed by seed (signed ranks), `unpaired` the same of the same runs without that (rank sum).
    """

    seeds: tuple[int, ...]
    correlation: float
    paired: Estimate
    unpaired: Estimate


def pairing(first: Values, second: Values) -> Pairing | None:
    """Of two settings' values by seed; None for fewer than three shared seeds, or where one has the same for all."""
    seeds = tuple(sorted(first.keys() & second.keys()))
    one, other = ([values[seed] for seed in seeds] for values in (first, second))
    if len(seeds) < FEWEST_SEEDS or not (np.ptp(one) and np.ptp(other)):
        return None
    by_seed = estimate(paired([after - before for before, after in zip(one, other, strict=True)]))
    whole = estimate(unpaired(one, other))
    assert by_seed is not None, "three seeds give an estimate"
    assert whole is not None, "three seeds give an estimate"
    return Pairing(seeds, float(stats.spearmanr(one, other).statistic), by_seed, whole)
