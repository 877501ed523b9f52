"""The one run that stands for its arm where a single one is shown: chosen by a rule, never by eye.

The seed whose curve of test accuracy lies nearest the pointwise median of all of the arm's curves.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from normlab.identity import base, run_id
from normlab.store.run import Run

_CHANCE = 0.1
"""Every data set has ten classes."""


def representative(runs: Iterable[Run]) -> Run:
    """Of the ended runs of one arm; the lowest seed where several lie equally near.

    Raises:
        ValueError: if there are none.
    """
    ordered = sorted(runs, key=lambda run: run.config.seed)
    return ordered[nearest_to_median([[end.test.accuracy for end in run.epochs] for run in ordered])]


def nearest_to_median(curves: Sequence[Sequence[float]]) -> int:
    """Which curve has the smallest mean distance to the pointwise median, the first one of equals.

    A curve that breaks off, as that of a run that diverged does, goes on at chance. Raises `ValueError` without any.
    """
    length = max(map(len, curves))
    whole = np.array([[*curve, *[_CHANCE] * (length - len(curve))] for curve in curves])
    distances = np.abs(whole - np.median(whole, axis=0)).sum(axis=1)
    return int(np.argmin(distances.round(9)))


def representatives(runs: Iterable[Run]) -> Mapping[str, int]:
    """By the id of each arm's `base`, the seed of the run that stands for it."""
    arms: dict[str, list[Run]] = {}
    for run in runs:
        arms.setdefault(run_id(base(run.config)), []).append(run)
    return {name: representative(arm).config.seed for name, arm in arms.items()}
