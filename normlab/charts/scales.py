"""Limits of axes in coarse steps, so that they seldom move while a run trains."""

import math
from collections.abc import Iterable

_STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)


def ceiling(values: Iterable[float], *, least: float = 1e-6) -> float:
    """The smallest of 1, 1.5, 2, 3, 5, 7 × 10ⁿ that no value exceeds; at least `least`."""
    top = max((value for value in values if math.isfinite(value)), default=0.0)
    top = max(top, least)
    power = 10.0 ** math.floor(math.log10(top))
    return next(float(f"{step * power:.3g}") for step in _STEPS if top <= step * power * (1 + 1e-9))


def reach(values: Iterable[float], *, least: float = 1e-6) -> tuple[float, float]:
    """Limits around 0, coarse on each side: (−3, 5) for values from −2.2 to 4.1."""
    known = [value for value in values if math.isfinite(value)]
    low = -ceiling((-value for value in known), least=least) if any(value < 0 for value in known) else 0.0
    high = ceiling(known, least=least) if any(value > 0 for value in known) else 0.0
    return (low, high) if low < high else (0.0, least)


def accuracy_floor(values: Iterable[float]) -> float:
    """The highest of 0, 50, 80, 90, 95, 98 % that lies below every value."""
    lowest = min((value for value in values if math.isfinite(value)), default=0.0)
    return max(floor for floor in (0.0, 50.0, 80.0, 90.0, 95.0, 98.0) if floor <= max(lowest, 0.0))


def highest(unit: str) -> float:
    """The largest value that the unit allows: 100 % of the images, else no limit."""
    return 100.0 if unit == "%" else math.inf


def around(values: Iterable[float], *, least: float = 1e-6, most: float = math.inf) -> tuple[float, float]:
    """Limits in round steps that frame the values, without zero if they lie far from it; at least `least` apart.

    No limit is above `most`, the largest value that can be.
    """
    known = [value for value in values if math.isfinite(value)] or [0.0]
    step = ceiling([max(max(known) - min(known), least) / 4])
    low, high = math.floor(min(known) / step) * step, math.ceil(max(known) / step) * step
    high = min(max(high, low + step), most)
    return float(f"{min(low, high - step):.9g}"), float(f"{high:.9g}")
