"""Exact rank tests of lists of numbers, ties and strata included.

Two lists: Wilcoxon's rank sum (Mann and Whitney). One list, against zero: Wilcoxon's signed ranks. Equal numbers share
their mean rank, and the distribution is that of these very ranks when chance deals them out, so ties need no
approximation; zeros keep their rank and count for neither side (Pratt). Strata are compared within themselves and
their statistics added with weights 1 / (seeds + 1) (van Elteren, 1960), again with the exact distribution.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]

EXACT_SEEDS = 60
"""Up to so many seeds a stratum the distribution is exact, above it is normal."""
_EXACT_SUMS = 20_000
_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Stratum:
    """Two lists with a number a seed, `other` against `reference`; or `other` alone, against zero."""

    other: tuple[float, ...]
    reference: tuple[float, ...] | None = None

    @property
    def is_pair(self) -> bool:
        return self.reference is not None

    @property
    def seeds(self) -> int:
        """Of the shorter list."""
        return len(self.other) if self.reference is None else min(len(self.other), len(self.reference))

    @property
    def total(self) -> int:
        return len(self.other) + len(self.reference or ())

    @property
    def deals(self) -> int:
        """In how many ways chance could have dealt the seeds to the lists, or the signs to the seeds."""
        return 2**self.total if self.reference is None else math.comb(self.total, len(self.other))

    def shifts(self) -> Floats:
        """The shifts that are seen: every number minus every reference; of one list the means of all its pairs."""
        other = np.array(self.other, dtype=np.float64)
        if self.reference is None:
            first, second = np.triu_indices(len(other))
            return (other[first] + other[second]) / 2
        return np.subtract.outer(other, np.array(self.reference, dtype=np.float64)).ravel()


def tails(strata: Sequence[Stratum], shift: float = 0.0) -> tuple[float, float]:
    """P(as low or lower) and P(as high or higher) of the rank statistic if `shift` were the true one."""
    nulls = [_null(stratum, shift) for stratum in strata]
    factors = weights(strata)
    statistic = sum(null.statistic * factor for null, factor in zip(nulls, factors, strict=True))
    if not _is_exact(strata, nulls, factors):
        return _normal_tails(nulls, factors, statistic)
    chances = np.ones(1)
    for null, factor in zip(nulls, factors, strict=True):
        spaced = np.zeros(factor * (len(null.chances) - 1) + 1)
        spaced[::factor] = null.chances
        chances = np.convolve(chances, spaced)
    return min(float(chances[: statistic + 1].sum()), 1.0), min(float(chances[statistic:].sum()), 1.0)


def two_sided(strata: Sequence[Stratum], shift: float = 0.0) -> float:
    """Twice the smaller tail."""
    return min(1.0, 2 * min(tails(strata, shift)))


def smallest(strata: Sequence[Stratum]) -> float:
    """The smallest two-sided p that so many seeds can reach: that of lists which do not overlap anywhere."""
    return min(1.0, 2 / math.prod(stratum.deals for stratum in strata))


def reachable(stratum: Stratum, level: float) -> float:
    """The largest two-sided p below the level that these seeds can have; zero if there is none.

    Raises:
        ValueError: if they are more than `EXACT_SEEDS`.
    """
    if stratum.total > EXACT_SEEDS:
        raise ValueError(f"{stratum.total} seeds have no exact distribution here; at most {EXACT_SEEDS} have")
    chances = _null(stratum, 0.0).chances
    possible = 2 * np.cumsum(chances)
    below = possible[(possible < level) & (chances > 0)]
    return float(below[-1]) if len(below) else 0.0


def weights(strata: Sequence[Stratum]) -> list[int]:
    """Van Elteren's weights, 1 / (seeds + 1), as the smallest whole numbers in that proportion."""
    common = math.lcm(*(stratum.total + 1 for stratum in strata))
    return [common // (stratum.total + 1) for stratum in strata]


def middle(strata: Sequence[Stratum]) -> float:
    """Hodges and Lehmann's estimate of the shift: the weighted median of all that are seen."""
    values, parts = _pooled(strata)
    below = np.cumsum(parts)
    half = below[-1] / 2
    place = int(np.searchsorted(below, half, side="left"))
    if math.isclose(below[place], half) and place + 1 < len(values):
        return _whole(float(values[place] + values[place + 1]) / 2)
    return _whole(float(values[place]))


def _whole(value: float) -> float:
    """Without the last digits, which a subtraction of equal decimals leaves."""
    return round(value, _DIGITS)


def interval(strata: Sequence[Stratum], level: float) -> tuple[float, float, float]:
    """The shifts that the two-sided test does not reject, and the level: `level`, or the highest that can be reached.

    Its ends are shifts that are seen, so it never leaves the range of the numbers' differences.
    """
    ends = np.unique(_pooled(strata)[0])
    reached = 1 - smallest(strata)
    if reached <= level:
        return float(ends[0]), float(ends[-1]), reached
    tail = (1 - level) / 2
    between = [*((ends[:-1] + ends[1:]) / 2), math.inf]
    low = _first(len(ends) - 1, lambda place: tails(strata, between[place])[1] > tail)
    back = _first(len(ends) - 1, lambda place: tails(strata, between[len(ends) - 2 - place])[0] > tail)
    return float(ends[low]), float(ends[len(ends) - 1 - back]), level


def _first(count: int, holds: Callable[[int], bool]) -> int:
    """The first of `count` places at which a condition holds that goes on holding; `count` if it never does."""
    low, high = 0, count
    while low < high:
        half = (low + high) // 2
        low, high = (low, half) if holds(half) else (half + 1, high)
    return low


def _pooled(strata: Sequence[Stratum]) -> tuple[Floats, Floats]:
    """All shifts that are seen, in ascending order, and the weight of each."""
    seen = [stratum.shifts() for stratum in strata]
    parts = [np.full(len(one), float(weight)) for one, weight in zip(seen, weights(strata), strict=True)]
    values, weighted = np.concatenate(seen), np.concatenate(parts)
    order = np.argsort(values)
    return values[order], weighted[order]


@dataclass(frozen=True, slots=True, eq=False)
class _Null:
    """A stratum's statistic, twice the rank sum, and the chance of each value of it, from zero on (none: too many)."""

    statistic: int
    mean: float
    variance: float
    chances: Floats


def _null(stratum: Stratum, shift: float) -> _Null:
    # a last digit of the subtraction must not part what is equal
    other = np.round(np.array(stratum.other, dtype=np.float64) - shift, _DIGITS)
    return _signs(other) if stratum.reference is None else _sums(other, np.round(np.array(stratum.reference), _DIGITS))


def _sums(other: Floats, reference: Floats) -> _Null:
    ranks = _doubled(np.concatenate([other, reference]))
    count, total = len(other), len(ranks)
    mean = count * float(ranks.mean())
    variance = count * (total - count) / total * float(ranks.var(ddof=1)) if total > 1 else 0.0
    chances = _dealt(tuple(sorted(ranks.tolist())), count) if total <= EXACT_SEEDS else np.empty(0)
    return _Null(int(ranks[:count].sum()), mean, variance, chances)


def _signs(values: Floats) -> _Null:
    ranks = _doubled(np.abs(values))[values != 0]
    above = values[values != 0] > 0
    chances = _signed(tuple(sorted(ranks.tolist()))) if len(values) <= EXACT_SEEDS else np.empty(0)
    return _Null(int(ranks[above].sum()), float(ranks.sum()) / 2, float((ranks**2).sum()) / 4, chances)


def _doubled(values: Floats) -> npt.NDArray[np.int64]:
    """Twice the mean ranks, which are whole numbers."""
    ranks: npt.NDArray[np.int64] = np.rint(2 * stats.rankdata(values)).astype(np.int64)
    return ranks


@lru_cache(maxsize=512)
def _dealt(ranks: tuple[int, ...], count: int) -> Floats:
    """The chance of each sum of `count` of the ranks, every choice as likely as any other."""
    ways = np.zeros((count + 1, sum(ranks) + 1))
    ways[0, 0] = 1
    for rank in ranks:
        ways[1:, rank:] += ways[:-1, :-rank].copy()
    chances: Floats = ways[count] / math.comb(len(ranks), count)
    return chances


@lru_cache(maxsize=512)
def _signed(ranks: tuple[int, ...]) -> Floats:
    """The chance of each sum of the ranks above zero, every sign as likely as the other."""
    chances = np.ones(1)
    for rank in ranks:
        step = np.zeros(rank + 1)
        step[[0, rank]] = 0.5
        chances = np.convolve(chances, step)
    return chances


def _is_exact(strata: Sequence[Stratum], nulls: Sequence[_Null], factors: Sequence[int]) -> bool:
    few = all(stratum.total <= EXACT_SEEDS for stratum in strata)
    sums = sum(factor * len(null.chances) for null, factor in zip(nulls, factors, strict=True))
    return few and (len(strata) == 1 or sums <= _EXACT_SUMS)


def _normal_tails(nulls: Sequence[_Null], factors: Sequence[int], statistic: int) -> tuple[float, float]:
    """By the normal distribution of the same mean and variance, with half a step for continuity."""
    mean = sum(null.mean * factor for null, factor in zip(nulls, factors, strict=True))
    variance = sum(null.variance * factor**2 for null, factor in zip(nulls, factors, strict=True))
    if not variance:
        return 1.0, 1.0
    distance, step = statistic - mean, min(factors)
    below, above = (float(stats.norm.sf((sign * distance - step) / math.sqrt(variance))) for sign in (-1, 1))
    return below, above
