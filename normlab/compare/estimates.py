"""Sums of arms' means with their uncertainty: differences, interactions, and how many seeds would settle them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95
POWER = 0.8
FEWEST_SEEDS = 3
"""No answer asks for fewer seeds an arm: two give no idea of the spread."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A weighted sum of arms' means, in the values' unit, and how uncertain the spread over seeds makes it.

    `error` is its standard error, `degrees` are its degrees of freedom after Welch and Satterthwaite: arms may differ
    in spread and in number of seeds, and no seed is paired with another. `spread` is Σ weight²·variance, the square of
    the standard error that one seed an arm would have. `seeds` is the number of the smallest arm.
    """

    value: float
    error: float
    degrees: float
    spread: float
    seeds: int

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Student's confidence interval."""
        half = self.error * float(stats.t.ppf((1 + level) / 2, self.degrees))
        return self.value - half, self.value + half

    @property
    def resolved(self) -> bool:
        """Whether the 95 % interval leaves out zero."""
        low, high = self.interval()
        return low > 0 or high < 0

    @property
    def p_value(self) -> float:
        """Two-sided, for a true value of zero."""
        return float(2 * stats.t.sf(abs(self.value) / self.error, self.degrees))

    def equivalence(self, margin: float) -> float:
        """p of two one-sided tests (TOST): small where the true value lies within ±`margin`."""
        above = stats.t.sf((self.value + margin) / self.error, self.degrees)
        below = stats.t.cdf((self.value - margin) / self.error, self.degrees)
        return float(max(above, below))

    def seeds_needed(self, power: float = POWER) -> int | None:
        """Seeds an arm that would resolve a true value of this size with this spread; None if it is exactly zero.

        Two-sided 5 %, by the normal approximation plus one seed, and at least three.
        """
        if self.value == 0:
            return None
        reach = float(stats.norm.ppf((1 + LEVEL) / 2) + stats.norm.ppf(power))
        return max(math.ceil(self.spread * (reach / self.value) ** 2) + 1, FEWEST_SEEDS)


def contrast(samples: Sequence[Sequence[float]], weights: Sequence[float]) -> Estimate | None:
    """Σ weight·mean over the arms' seeds; None if an arm has fewer than two, or if no arm has any spread.

    Weights (−1, 1) give the difference of the second arm to the first: Welch's t test.
    """
    arrays = [np.asarray(sample, dtype=np.float64) for sample in samples]
    if any(len(array) < 2 for array in arrays):
        return None
    squares = np.square(weights)
    variances = np.array([array.var(ddof=1) for array in arrays])
    counts = np.array([len(array) for array in arrays])
    parts = squares * variances / counts
    if not parts.sum() > 0:
        return None
    return Estimate(
        value=float(sum(weight * array.mean() for weight, array in zip(weights, arrays, strict=True))),
        error=math.sqrt(parts.sum()),
        degrees=float(parts.sum() ** 2 / (parts**2 / (counts - 1)).sum()),
        spread=float((squares * variances).sum()),
        seeds=int(counts.min()),
    )


@dataclass(frozen=True, slots=True)
class Pairing:
    """What the seeds that two arms share have in common.

    `correlation` is Pearson's r over these seeds with its 95 % `interval` (None for fewer than four). `paired` is the
    second arm minus the first, seed by seed (Student's t on the differences), `unpaired` the same of the same runs
    without that (Welch).
    """

    seeds: tuple[int, ...]
    correlation: float
    interval: tuple[float, float] | None
    paired: Estimate
    unpaired: Estimate


def pairing(first: Mapping[int, float], second: Mapping[int, float]) -> Pairing | None:
    """Of two arms' values by seed; None for fewer than three shared seeds, or where one arm has no spread over them."""
    seeds = tuple(sorted(first.keys() & second.keys()))
    one, other = (np.array([values[seed] for seed in seeds], dtype=np.float64) for values in (first, second))
    if len(seeds) < FEWEST_SEEDS or not (np.ptp(one) and np.ptp(other)):
        return None
    found = stats.pearsonr(one, other)
    paired = contrast([(other - one).tolist()], [1.0])
    unpaired = contrast([one.tolist(), other.tolist()], [-1.0, 1.0])
    if paired is None or unpaired is None:
        return None
    low, high = found.confidence_interval(LEVEL)
    return Pairing(
        seeds, float(found.statistic), (float(low), float(high)) if len(seeds) > 3 else None, paired, unpaired
    )


def mean_interval(sample: Sequence[float], level: float = LEVEL) -> tuple[float, float] | None:
    """Student's confidence interval of one arm's mean; None for fewer than two seeds or no spread."""
    estimate = contrast([sample], [1.0])
    return None if estimate is None else estimate.interval(level)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the given order: below 0.05 holds for the whole family."""
    order = np.argsort(p_values)
    scaled = np.asarray(p_values, dtype=np.float64)[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(p) for p in adjusted]


def seeds_for_claim(points: float) -> int:
    """Seeds an arm below which a difference of so many points is exploratory, whatever its interval says."""
    return 10 if abs(points) >= 0.1 else 20
