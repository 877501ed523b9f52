"""Contrasts of settings, and what their seeds tell of one: its size, how uncertain it is, and what would settle it.

How a contrast is judged (docs/statistics.md says the same to students):

1. Failures first. Seeds that failed are counted (`failures`), so many of so many, and stay in as the worst.
2. Two settings are *unpaired*, also where their seeds have the same numbers: such runs start alike, but soon part.
   Wilcoxon's exact rank sum test judges them, Hodges and Lehmann's shift with the interval of the same test is their
   difference: the median of all differences between a seed of one and a seed of the other.
3. Two numbers of the same networks are *paired*: exact signed ranks, and the median of the differences' pair means.
4. An *interaction* is a difference of changes. Each seed gives one change in A (with x minus without) and one in B; the
   two lists of changes are compared as two settings are. Seeds pair the runs of a change only because some order is
   needed: independent runs make any order as good.
5. Where settings are compared within several others (with each norm), the strata's statistics are added (`stratified`).

No number can blow these up: a seed counts by its rank, and a quarter of the seeds may fail before the interval reaches
to them. Every end of an interval is a difference of two seeds, so accuracies differ by at most 100 points.

The rank sum test is exact where the two settings are equal, and asks whether one gives higher numbers. Where they
spread unequally, it rejects equal middles a little too often (simulated, ten seeds each: 5 % where one spreads three
times as wide as the other, 7 % where five times).
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
from scipy import stats

from normlab.compare import ranks
from normlab.compare.failures import Shares, ShareTest, compare_shares, counted
from normlab.compare.ranks import Stratum

LEVEL = 0.95
ALPHA = 0.05
POWER = 0.8
EFFICIENCY = 3 / math.pi
"""Of rank tests, relative to Student's t test where that is at its best: normal spread."""

Values = Mapping[int, float]
"""A number by seed."""


class Kind(StrEnum):
    """What is compared with what."""

    UNPAIRED = "unpaired"
    PAIRED = "paired"
    INTERACTION = "interaction"


@dataclass(frozen=True, slots=True)
class Contrast:
    """`other` minus `reference`, within each of the strata. `failed` are the failures of both, for each stratum.

    Of an interaction, or of a number that does not say who failed, `failed` is empty.
    """

    strata: tuple[Stratum, ...]
    kind: Kind = Kind.UNPAIRED
    failed: tuple[Shares, ...] = ()

    @property
    def seeds(self) -> int:
        """Of the shortest list."""
        return min((stratum.seeds for stratum in self.strata), default=0)

    @property
    def is_measured(self) -> bool:
        """Whether every list has a seed."""
        return self.seeds > 0

    @property
    def failures(self) -> Shares:
        """Of the reference and of the other, all strata together; 0 of 0 where nobody knows who failed."""
        return counted(one for one, _ in self.failed), counted(other for _, other in self.failed)


def unpaired(reference: Collection[float], other: Collection[float], failed: Shares | None = None) -> Contrast:
    """Two settings, a number a seed."""
    return Contrast((Stratum(tuple(other), tuple(reference)),), Kind.UNPAIRED, () if failed is None else (failed,))


def paired(differences: Collection[float]) -> Contrast:
    """One number a network, against zero: the difference of two that were measured on it."""
    return Contrast((Stratum(tuple(differences)),), Kind.PAIRED)


def interaction(a: Values, a_x: Values, b: Values, b_x: Values) -> Contrast:
    """(A+x − A) − (B+x − B): the changes in A against those in B, each of the seeds that its two settings share."""
    return Contrast((Stratum(_changes(a, a_x), _changes(b, b_x)),), Kind.INTERACTION)


def _changes(before: Values, after: Values) -> tuple[float, ...]:
    return tuple(after[seed] - before[seed] for seed in sorted(before.keys() & after.keys()))


def stratified(parts: Sequence[Contrast]) -> Contrast:
    """Several contrasts of one kind as one: what a change does on the whole, compared within each of them.

    Raises:
        ValueError: if they are of several kinds, or there is none.
    """
    kinds = {part.kind for part in parts}
    if len(kinds) != 1:
        raise ValueError(f"strata must be contrasts of one kind, not of {len(kinds)}")
    strata = tuple(stratum for part in parts for stratum in part.strata)
    failed = tuple(shares for part in parts for shares in part.failed)
    return Contrast(strata, kinds.pop(), failed if len(failed) == len(strata) else ())


@dataclass(frozen=True, slots=True)
class Estimate:
    """A contrast's size `value` (Hodges and Lehmann) in the numbers' unit, and how uncertain the seeds leave it.

    `low` to `high` is its interval; `level` is 0.95, or what is reached where so few seeds reach less. `p_value` is
    two-sided, for a true value of zero, and `smallest` the smallest that so many seeds could have given; where
    failures alone could decide, both count the two tests (`shares` is that of the failures). `spread` is the standard
    deviation of seeds, or of changes, from the median distance of two, so that failed seeds do not set it. `seeds` is
    the number in the shortest list, `strata` how many there are.
    """

    value: float
    low: float
    high: float
    level: float
    p_value: float
    smallest: float
    spread: float
    seeds: int
    kind: Kind
    strata: int = 1
    shares: ShareTest | None = None

    @property
    def can_decide(self) -> bool:
        """Whether so many seeds could show a difference, if nothing else were asked of them."""
        return self.smallest < ALPHA

    @property
    def failures_decide(self) -> bool:
        """Whether p is that of the failures: they differ more clearly than the ranks do."""
        return self.shares is not None and 2 * self.shares.p_value <= self.p_value

    def seeds_by_spread(self, comparisons: int = 1) -> float:
        """Seeds a setting that show a true value of this size with a power of 80 %, from size and spread alone.

        By the normal approximation, at 5 % for all `comparisons`; ∞ if the value is zero.
        """
        return self._seeds_at(ALPHA / comparisons)

    def seeds_needed(self, comparisons: int = 1) -> int | None:
        """Whole seeds a setting that would show it: enough for the power, and for a p that passes; None if it is zero.

        It counts the same correction as the verdict, and that few seeds reach few values of p. More than there are,
        where these did not show it.
        """
        if not self.value:
            return None
        level = ALPHA / comparisons
        needed = max(self._seeds_that_reach(level), math.floor(self._seeds_at(level)))
        while self._seeds_at(reached := self._reached(needed, level)) + self._few(reached) > needed:
            needed += 1
        return needed if self.p_value < level else max(needed, self.seeds + 1)

    def _seeds_at(self, level: float) -> float:
        reach = _critical(level) + float(stats.norm.ppf(POWER))
        size = abs(self.value) / self.spread if self.spread else math.inf
        return self._lists * (reach / size) ** 2 / EFFICIENCY / self.strata if self.value else math.inf

    def _few(self, level: float) -> float:
        """Guenther's term for the few seeds that the spread is known from (The American Statistician, 1981)."""
        return _critical(level) ** 2 / (2 * self._lists) / self.strata

    def _seeds_that_reach(self, level: float) -> int:
        """The fewest whose smallest p is below the level."""
        seeds = 2
        while ranks.smallest([self._like(seeds)] * self.strata) >= level:
            seeds += 1
        return seeds

    def _reached(self, seeds: int, level: float) -> float:
        """The largest p below the level that so many seeds can have; the level itself where p takes many values."""
        is_fine = self.strata > 1 or self._lists * seeds > ranks.EXACT_SEEDS
        return level if is_fine else ranks.reachable(self._like(seeds), level)

    def _like(self, seeds: int) -> Stratum:
        """Lists of so many seeds, no two of them equal."""
        first = tuple(float(seed + 1) for seed in range(seeds))
        return Stratum(first, None if self.kind is Kind.PAIRED else tuple(-value for value in first))

    @property
    def _lists(self) -> int:
        return 1 if self.kind is Kind.PAIRED else 2


def _critical(level: float) -> float:
    return float(stats.norm.isf(level / 2))


def estimate(contrast: Contrast) -> Estimate | None:
    """What the seeds tell; None where a list has fewer than two."""
    if contrast.seeds < 2:
        return None
    strata = contrast.strata
    low, high, level = ranks.interval(strata, LEVEL)
    p_value, smallest = ranks.two_sided(strata), ranks.smallest(strata)
    shares = compare_shares(contrast.failed) if contrast.failed else None
    if shares is not None and shares.smallest < ALPHA:
        p_value = min(1.0, 2 * min(p_value, shares.p_value))
        smallest = 2 * min(smallest, shares.smallest)
    else:
        shares = None
    spread = math.sqrt(float(np.mean([_variance(stratum) for stratum in strata])))
    value = ranks.middle(strata)
    return Estimate(
        value, low, high, level, p_value, smallest, spread, contrast.seeds, contrast.kind, len(strata), shares
    )


def shift(reference: Collection[float], other: Collection[float]) -> float:
    """Hodges and Lehmann's difference of two settings: the median of all differences between two of their seeds."""
    return ranks.middle(unpaired(reference, other).strata)


def equivalence(contrast: Contrast, margin: float) -> float:
    """p of two one-sided tests (TOST), by ranks: small where the true value lies within ±`margin`."""
    not_below = ranks.tails(contrast.strata, -margin)[1]
    not_above = ranks.tails(contrast.strata, margin)[0]
    return max(not_below, not_above)


def _variance(stratum: Stratum) -> float:
    """Mean of the lists' variances."""
    lists = [stratum.other] if stratum.reference is None else [stratum.other, stratum.reference]
    return float(np.mean([spread(values) ** 2 for values in lists]))


_NORMAL = math.sqrt(2) * float(stats.norm.ppf(0.75))
"""The median distance of two numbers from a normal distribution whose standard deviation is one."""


def spread(values: Sequence[float]) -> float:
    """The standard deviation of seeds by the median distance of two of them, so that failed ones do not set it."""
    return float(np.median([abs(one - other) for one, other in combinations(values, 2)])) / _NORMAL


def median_interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float, float] | None:
    """Two seeds between which the true median lies (sign test), and the level; None for fewer than two seeds.

    Assumes nothing of the distribution. The level is at least the one that is asked for, or the highest that so few
    seeds reach: 0.5 for two, 0.75 for three, 0.94 for five.
    """
    count = len(values)
    if count < 2:
        return None
    ordered = sorted(values)
    cut = int(stats.binom.ppf((1 - level) / 2, count, 0.5))
    outside = 2 * float(stats.binom.cdf(cut - 1, count, 0.5))
    if cut == 0:
        return ordered[0], ordered[-1], 1 - 2 * 0.5**count
    return ordered[cut - 1], ordered[count - cut], 1 - outside


FEWEST_PAIRS = 3
"""Fewer shared seeds say nothing of what pairing them brings."""


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
    if len(seeds) < FEWEST_PAIRS or not (np.ptp(one) and np.ptp(other)):
        return None
    by_seed = estimate(paired([after - before for before, after in zip(one, other, strict=True)]))
    whole = estimate(unpaired(one, other))
    assert by_seed is not None, "three seeds give an estimate"
    assert whole is not None, "three seeds give an estimate"
    return Pairing(seeds, float(stats.spearmanr(one, other).statistic), by_seed, whole)
