"""Seeds that failed: how they are told from the others, how many of how many, and the exact test of two such counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from normlab.datasets import CLASSES

GUESS = 100 / CLASSES
"""Test accuracy of a network that guesses, in percent."""

LEARNED = 50.0
"""Test accuracy in percent above which a network has learned: fixed before anything was trained."""


def threshold(accuracies: Iterable[float]) -> float:
    """The test accuracy in percent below which a seed failed, from all accuracies that are compared with each other.

    A seed failed if it came less than halfway from guessing to the best of them, or not to twice a guess. The best,
    not the median: most seeds of a setting may fail. All that are compared, not each setting's own: so the rule knows
    nothing of who is compared with whom, and an exact test of the counts stays exact.
    """
    return max(2 * GUESS, (GUESS + max(accuracies, default=0.0)) / 2)


@dataclass(frozen=True, slots=True)
class Share:
    """`count` seeds of `of` failed."""

    count: int
    of: int

    @property
    def text(self) -> str:
        """ "1 of 10"."""
        return f"{self.count} of {self.of}"


def failed(accuracies: Iterable[float], below: float, diverged: int = 0) -> Share:
    """Of one setting's test accuracies in percent; seeds that diverged have none, and failed."""
    values = list(accuracies)
    return Share(sum(value < below for value in values) + diverged, len(values) + diverged)


def share_interval(share: Share, level: float = 0.95) -> tuple[float, float]:
    """Between which shares of 1 the true one lies: Clopper and Pearson's exact interval (Biometrika, 1934)."""
    ends = stats.binomtest(share.count, share.of).proportion_ci(level, method="exact")
    return float(ends.low), float(ends.high)


Shares = tuple[Share, Share]
"""Of the reference and of the other."""


def counted(shares: Iterable[Share]) -> Share:
    """Of several lists of seeds as one."""
    own = list(shares)
    return Share(sum(share.count for share in own), sum(share.of for share in own))


@dataclass(frozen=True, slots=True)
class ShareTest:
    """Fisher's exact test of shares: the two-sided p, and the smallest p that this number of failures can reach."""

    p_value: float
    smallest: float


def compare_shares(strata: Sequence[Shares]) -> ShareTest:
    """Whether one of two settings fails more often; of several pairs, compared within each and added (exact)."""
    chances, count = np.ones(1), 0
    for reference, other in strata:
        total, failures = reference.of + other.of, reference.count + other.count
        counts = np.arange(max(0, failures - reference.of), min(failures, other.of) + 1)
        chances = np.convolve(chances, stats.hypergeom.pmf(counts, total, failures, other.of))
        count += other.count - int(counts[0])
    as_rare = chances <= chances[:, None] * (1 + 1e-9)
    p_values = np.minimum((chances * as_rare).sum(axis=1), 1.0)
    return ShareTest(float(p_values[count]), float(p_values.min()))
