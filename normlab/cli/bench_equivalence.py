"""What `normlab bench --equivalence` says of the accuracies it has measured: two one-sided tests by ranks."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from normlab.compare import ALPHA, equivalence, ranks, sentences, unpaired
from normlab.numerals import bound, signed

if TYPE_CHECKING:
    from normlab.training.bench.equivalence import Accuracies

MARGIN = 0.15
"""Points: a difference within them does not matter."""
LEVEL = 0.9
"""Of the interval that goes with two one-sided tests at 5 %."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Hodges and Lehmann's `difference`, the project minus the reference in points, with its 90 % interval from `low`
    to `high` (less where `level` says so), and the p of two one-sided tests that it lies within ±`MARGIN`.

    The same seed draws other numbers in the reference, so the runs make no pairs.
    """

    difference: float
    low: float
    high: float
    level: float
    p_value: float

    @property
    def is_equivalent(self) -> bool:
        return self.p_value < ALPHA

    @property
    def text(self) -> str:
        """ "−0.020 points (90 % interval −0.110 to +0.070)"."""
        span = f"{bound(self.low, 3)} to {bound(self.high, 3)}"
        return f"{signed(self.difference, 3)} points ({100 * self.level:.0f} % interval {span})"


def judge(found: "Accuracies") -> Judged:
    """By the exact rank sums of both lists.

    Raises:
        ValueError: if there are fewer than two seeds of each.
    """
    if min(len(found.reference), len(found.project)) < 2:
        raise ValueError("two seeds of each are needed for an interval")
    contrast = unpaired(found.reference, found.project)
    low, high, level = ranks.interval(contrast.strata, LEVEL)
    return Judged(ranks.middle(contrast.strata), low, high, level, equivalence(contrast, MARGIN))


def plain(found: "Accuracies") -> dict[str, Any]:
    """The accuracies with what follows from them."""
    judged = judge(found)
    return {
        **asdict(found),
        "difference": round(judged.difference, 3),
        "interval": [round(judged.low, 3), round(judged.high, 3)],
        "level": round(judged.level, 3),
        "p_within_margin": round(judged.p_value, 4),
        "margin": MARGIN,
    }


def sentence(found: "Accuracies") -> str:
    """The difference, its interval, and whether it is shown to be too small to matter."""
    judged = judge(found)
    verdict = "no difference that matters" if judged.is_equivalent else "not shown to be too small to matter"
    return (
        f"normlab minus plain loop after {found.epochs} epochs, {len(found.project)} seeds of each: {judged.text}; "
        f"{verdict} (within ±{MARGIN:g} points, two one-sided rank tests, p {sentences.p_text(judged.p_value)})."
    )
