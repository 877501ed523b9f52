"""Verdicts: contrasts judged together, so that looking at many finds no more by chance than looking at one.

The family rule: all contrasts of one number in one experiment are one family, in whichever table they stand; on
Compare, those on the page. Holm's correction holds for the family, for differences and for equivalence alike. A
contrast that its seeds cannot decide even alone has no part in it: it can never be wrongly called decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from normlab.compare import ranks
from normlab.compare.contrasts import ALPHA, Contrast, Estimate, equivalence, estimate


class Verdict(StrEnum):
    """What the seeds say of a contrast."""

    HIGHER = "higher"
    LOWER = "lower"
    FAILS_MORE = "fails more often"
    FAILS_LESS = "fails less often"
    EQUIVALENT = "no difference that matters"
    OPEN = "seeds differ by more"
    TOO_FEW = "too few seeds to decide"
    MISSING = "not measured"


DECIDED = frozenset({Verdict.HIGHER, Verdict.LOWER, Verdict.FAILS_MORE, Verdict.FAILS_LESS})
"""A difference was shown."""


@dataclass(frozen=True, slots=True)
class Family:
    """The contrasts judged together: `holm` is one's p value that holds for all `size` of them."""

    holm: float
    size: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One contrast as it stands among the others.

    `estimate` is None where a list has fewer than two seeds, `family` where the seeds could not decide it even alone.
    `margin` is the largest value that does not matter, None where none was named.
    """

    contrast: Contrast
    unit: str
    estimate: Estimate | None
    verdict: Verdict
    family: Family | None
    margin: float | None = None

    @property
    def value(self) -> float | None:
        """Hodges and Lehmann's, also of single seeds; None where an arm has none."""
        if self.estimate is not None:
            return self.estimate.value
        return ranks.middle(self.contrast.strata) if self.contrast.is_measured else None

    @property
    def is_decided(self) -> bool:
        """Whether a difference was shown, which "no difference that matters" is not."""
        return self.verdict in DECIDED

    @property
    def is_equivalent(self) -> bool:
        """Whether it was shown to be too small to matter."""
        return self.verdict is Verdict.EQUIVALENT

    @property
    def comparisons(self) -> int:
        """For how many the correction counts, this one among them."""
        return 1 if self.family is None else self.family.size

    @property
    def seeds_needed(self) -> int | None:
        """Seeds a setting that would show a true difference of this size; None: none would, or too few to say."""
        return None if self.estimate is None else self.estimate.seeds_needed(self.comparisons)

    @property
    def is_exploratory(self) -> bool:
        """Whether nothing was shown, and a true difference of this size and spread would often be missed so.

        The effect and the spread decide, not the number of seeds alone: −89 points are clear after three.
        """
        if self.is_decided or self.is_equivalent or self.estimate is None:
            return self.estimate is None
        return self.estimate.seeds < self.estimate.seeds_by_spread(self.comparisons)


def findings(contrasts: Sequence[Contrast], unit: str, margin: float | None = None) -> list[Finding]:
    """Judge the contrasts of one family, in `unit`; `margin`: the largest value that does not matter (None: not asked).

    The only place that gives verdicts.
    """
    estimates = [estimate(contrast) for contrast in contrasts]
    raw = [None if one is None or not one.can_decide else one.p_value for one in estimates]
    corrected, alike = _corrected(raw), _alike(contrasts, estimates, margin)
    found = []
    for place, (contrast, one) in enumerate(zip(contrasts, estimates, strict=True)):
        p_value = corrected[place]
        family = None if p_value is None else Family(p_value, sum(p is not None for p in raw))
        reachable = None if one is None or family is None else _corrected(_with(raw, place, one.smallest))[place]
        verdict = _verdict(contrast, one, family, reachable, is_alike=alike[place])
        found.append(Finding(contrast, unit, one, verdict, family, margin))
    return found


def _verdict(
    contrast: Contrast, one: Estimate | None, family: Family | None, reachable: float | None, *, is_alike: bool
) -> Verdict:
    """`reachable` is the smallest p after the correction that the contrast could have had beside these others."""
    if not contrast.is_measured:
        return Verdict.MISSING
    if is_alike:
        return Verdict.EQUIVALENT
    if one is None or family is None or reachable is None or reachable >= ALPHA:
        return Verdict.TOO_FEW
    if family.holm >= ALPHA:
        return Verdict.OPEN
    return _direction(contrast, one)


def _direction(contrast: Contrast, one: Estimate) -> Verdict:
    if one.failures_decide:
        reference, other = contrast.failures
        fails_more = other.count * reference.of > reference.count * other.of
        return Verdict.FAILS_MORE if fails_more else Verdict.FAILS_LESS
    return Verdict.HIGHER if one.value > 0 else Verdict.LOWER


def _with(p_values: Sequence[float | None], place: int, p_value: float) -> list[float | None]:
    return [p_value if at == place else p for at, p in enumerate(p_values)]


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's corrected p values, in the given order: below 0.05 holds for the whole family."""
    order = np.argsort(p_values)
    scaled = np.asarray(p_values, dtype=np.float64)[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(p) for p in corrected]


def _corrected(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's, of those that have a p."""
    known = iter(holm([p for p in p_values if p is not None]))
    return [None if p is None else next(known) for p in p_values]


def _alike(contrasts: Sequence[Contrast], estimates: Sequence[Estimate | None], margin: float | None) -> list[bool]:
    """Which are equivalent, after Holm for those whose seeds could show it."""
    p_values = [
        equivalence(contrast, margin) if margin and one is not None and one.smallest / 2 < ALPHA else None
        for contrast, one in zip(contrasts, estimates, strict=True)
    ]
    return [p is not None and p < ALPHA for p in _corrected(p_values)]
