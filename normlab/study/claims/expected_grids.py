"""docs/predictions.md, second and third part: what the repetition, and the honest grids, were expected to come to."""

import math
from collections.abc import Callable
from itertools import combinations, product

from normlab.compare import ALPHA, Estimate, estimate, unpaired
from normlab.study.claims.expectations import (
    Expectation,
    Range,
    Samples,
    above,
    accuracy,
    arms,
    at_most,
    below,
    between,
)
from normlab.study.claims.statements import PENALTIES, arm_name
from normlab.study.results.measured import Results
from normlab.study.results.quantities import (
    FIRST_RATE_SPREAD,
    FIRST_RATE_SPREAD_REESTIMATED,
    REESTIMATED,
    TEST_ACCURACY,
    Quantity,
)

REPEATED, HONEST = "The study, repeated", "Done honestly"
_NORMS = ("bn", "ln", "gn")
_P = "points"
_CROSS_ARMS = ("bn/none", "bn/l1", "gn/none", "gn/l1")

_TABLE: dict[str, tuple[str, tuple[float, ...]]] = {
    "none": ("| none | 98.8 | 11.35 (chance: L1 kills it) | 98.8 | 11.35 |", (98.8, 11.35, 98.8, 11.35)),
    "bn": ("| BN | 99.4 | 94 | 99.4 | 94 |", (99.4, 94, 99.4, 94)),
    "ln": ("| LN | 99.4 | 92 | 99.4 | 92 |", (99.4, 92, 99.4, 92)),
    "gn": ("| GN | 99.4 | 92.5 | 99.4 | 92.5 |", (99.4, 92.5, 99.4, 92.5)),
}


def _within(reach: float) -> Range:
    return Range(-reach, reach, f"within ±{reach:g} points")


_ANY = Range(-math.inf, math.inf, "any size")


def _table() -> list[Expectation]:
    return [
        Expectation(REPEATED, arm_name(f"{norm}/{penalty}"), quote, "test accuracy", "%",
                    arms("study", (f"{norm}/{penalty}",)), accuracy(value))
        for norm, (quote, row) in _TABLE.items()
        for penalty, value in zip(PENALTIES, row, strict=True)
    ]  # fmt: skip


def _pair(
    group: str, part: str, one: str, other: str, quote: str, expected: Range, *, resolved: bool | None = None
) -> Expectation:
    """The second arm minus the first."""
    subject = f"{arm_name(other)} against {arm_name(one)}"
    return Expectation(group, _where(part, subject), quote, "difference in test accuracy", _P,
                       arms(part, (one, other)), expected, resolved=resolved)  # fmt: skip


def _cross(
    group: str, part: str, quote: str, expected: Range, quantity: Quantity = TEST_ACCURACY, *, resolved: bool | None
) -> Expectation:
    return Expectation(group, _where(part, "(BN + L1 − BN) − (GN + L1 − GN)"), quote, quantity.name, _P,
                       arms(part, _CROSS_ARMS, quantity), expected, resolved=resolved)  # fmt: skip


def _where(part: str, subject: str) -> str:
    return subject if part == "study" else f"{part}: {subject}"


def _repeated() -> list[Expectation]:
    running = "between −4 and +4 points with running statistics, not resolved at 3 seeds"
    return [
        *_table(),
        *(_pair(REPEATED, "study", f"{norm}/none", f"{norm}/l2", "L2 at 1e-5 against no penalty: below 0.1 point in "
                "every norm, not resolved with 3 seeds", _within(0.1), resolved=False) for norm in _NORMS),
        *(_pair(REPEATED, "study", f"{one}/none", f"{other}/none", "BN, LN and GN without L1: within 0.15 point of "
                "each other, not resolved", _within(0.15), resolved=False) for one, other in combinations(_NORMS, 2)),
        *(_pair(REPEATED, "study", f"{norm}/none", f"{norm}/l1", "L1 costs every norm 5 to 8 points, resolved",
                between(-8, -5, _P), resolved=True) for norm in _NORMS),
        _cross(REPEATED, "study", running, between(-4, 4, _P), resolved=False),
        _cross(REPEATED, "study", "+0.5 to +3 points with re-estimated ones", between(0.5, 3, _P), REESTIMATED,
               resolved=None),
        Expectation(REPEATED, "BN + L1", "above 6 points with running statistics", FIRST_RATE_SPREAD.name, _P,
                    arms("study", ("bn/l1",), FIRST_RATE_SPREAD), above(6, _P)),
        Expectation(REPEATED, "BN + L1", "below 2.5 with re-estimated ones", FIRST_RATE_SPREAD_REESTIMATED.name, _P,
                    arms("study", ("bn/l1",), FIRST_RATE_SPREAD_REESTIMATED), below(2.5, _P)),
    ]  # fmt: skip


def _honest() -> list[Expectation]:
    found: list[Expectation] = []
    for part in ("digits", "mnist-2k"):
        found += [
            *(_pair(HONEST, part, "none/none", f"{norm}/none", "a norm gains 0.3 to 1 point over none", 
                    between(0.3, 1, _P), resolved=True) for norm in _NORMS),
            *(_pair(HONEST, part, f"{one}/none", f"{other}/none", "BN, LN and GN within 0.3 point of each other",
                    _within(0.3), resolved=False if part == "digits" else None)
              for one, other in combinations(_NORMS, 2)),
            Expectation(HONEST, f"{part}: tuned L1 or L2", "Tuned L1 or L2 gains at most 0.3 point",
                        "largest gain of the twelve arms", _P, _largest_gain(part), at_most(0.3, _P)),
            Expectation(HONEST, f"{part}: tuned L1 or L2", "is resolved in at most two of the twelve arms",
                        "arms whose gain is resolved", "arms", _resolved_gains(part), at_most(2, "arms")),
            Expectation(HONEST, f"{part}: chosen λ₁", "the chosen λ₁ is at most 3e-4", "largest λ₁ chosen", "",
                        _largest_l1(part), at_most(3e-4, "")),
            _cross(HONEST, part, "is within ±0.3 point, not resolved", _within(0.3), resolved=False),
        ]  # fmt: skip
    for part, low, high in (("mnist", 99.1, 99.4), ("fashion", 88.0, 91.0)):
        quote = "all four headline arms between 99.1 and 99.4 %" if part == "mnist" else "all four between 88 and 91 %"
        found += [
            Expectation(HONEST, _where(part, arm_name(arm)), quote, "test accuracy", "%", arms(part, (arm,)),
                        between(low, high, "%"))
            for arm in _CROSS_ARMS
        ]  # fmt: skip
    found.append(
        Expectation(HONEST, "mnist: the four arms", "no difference above 0.1 point resolved",
                    "differences above 0.1 points that are resolved", "of 6", _resolved_differences("mnist", 0.1),
                    Range(0, 0, "none")),
    )  # fmt: skip
    found += [
        _pair(HONEST, "fashion", f"{norm}/none", f"{norm}/l1", "L1 within ±0.4 point", _within(0.4))
        for norm in ("bn", "gn")
    ]
    return [*found, _cross(HONEST, "fashion", "contrast not resolved", _ANY, resolved=False)]


_GAINS = tuple((f"{norm}/none", f"{norm}/{p}") for norm, p in product(("none", *_NORMS), ("l1", "l2", "l1+l2")))


def _gains(part: str, results: Results) -> list[list[list[float]]]:
    """Of each of the twelve arms with a penalty: the values without and with it; [] unless all are there."""
    found = [[list(results.values(part, arm, TEST_ACCURACY).values()) for arm in pair] for pair in _GAINS]
    return found if all(all(pair) for pair in found) else []


def _largest_gain(part: str) -> Callable[[Results], Samples]:
    def largest(results: Results) -> Samples:
        means = [sum(new) / len(new) - sum(old) / len(old) for old, new in _gains(part, results)]
        return [[max(means)]] if means else [[]]

    return largest


def _resolved_gains(part: str) -> Callable[[Results], Samples]:
    def count(results: Results) -> Samples:
        return _count([estimate(unpaired(old, new)) for old, new in _gains(part, results)], lambda value: value > 0)

    return count


def _count(estimates: list[Estimate | None], matters: Callable[[float], bool]) -> Samples:
    """How many are resolved, each alone as it was written down, and matter; nothing where one has no interval."""
    known = [one for one in estimates if one is not None]
    if not known or len(known) < len(estimates):
        return [[]]
    return [[sum(one.p_value < ALPHA and matters(one.value) for one in known)]]


def _resolved_differences(part: str, least: float) -> Callable[[Results], Samples]:
    def count(results: Results) -> Samples:
        values = [list(results.values(part, arm, TEST_ACCURACY).values()) for arm in _CROSS_ARMS]
        if not all(values):
            return [[]]
        return _count(
            [estimate(unpaired(one, other)) for one, other in combinations(values, 2)], lambda value: abs(value) > least
        )

    return count


def _largest_l1(part: str) -> Callable[[Results], Samples]:
    def largest(results: Results) -> Samples:
        strengths = results.strengths(part)
        return [[max(strength.l1 for strength in strengths.values())]] if strengths else [[]]

    return largest


EXPECTATIONS: tuple[Expectation, ...] = (*_repeated(), *_honest())
