"""The runs on digits that ship: norm × dropout × L1 × L2, three seeds each, and the pilot that chose their λ."""

from itertools import product

from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.presets import LESSON_L1, LESSON_L2
from normlab.settings import changed

NORMS: tuple[tuple[Norm, ...], ...] = ((), (Norm.BN,), (Norm.LN,), (Norm.GN,))
DROPOUTS = (0.0, 0.05)
SEEDS = (0, 1, 2)
"""The first one ships with its whole history, the others with the scores of every epoch and the last layers."""

PILOT_L1 = (3e-4, 1e-3, 3e-3, 1e-2)
PILOT_L2 = (1e-3, 1e-2, 3e-2, 1e-1)
PILOT_SEEDS = (100, 101)
"""Seeds that no shipped run uses."""


def configs() -> list[RunConfig]:
    """All 96 runs; those of the first seed come first, so that an interrupted rebuild has every arm once."""
    grid = product(SEEDS, NORMS, DROPOUTS, (0.0, LESSON_L1), (0.0, LESSON_L2))
    return [
        changed(RunConfig(), {"norms": norms, "dropout": dropout, "l1": l1, "l2": l2, "seed": seed})
        for seed, norms, dropout, l1, l2 in grid
    ]


def pilot_configs() -> list[RunConfig]:
    """Every norm without a penalty and with one penalty at each λ of the pilot, at the default dropout."""
    penalties = [{}, *({"l1": l1} for l1 in PILOT_L1), *({"l2": l2} for l2 in PILOT_L2)]
    return [
        changed(RunConfig(), {"norms": norms, "seed": seed, **penalty})
        for norms, penalty, seed in product(NORMS, penalties, PILOT_SEEDS)
    ]
