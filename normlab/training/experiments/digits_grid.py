"""The runs on digits that ship, and the pilot that chose their λ.

A grid: norm × dropout × L1 × L2, three seeds each. And all that one step from the opening settings leads to, so that
whoever moves a first slider or presses a second norm sees what that does, not a button to train it.
"""

from itertools import combinations, product

from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.presets import DROPOUTS, LAMBDAS, LESSON_L1, LESSON_L2
from normlab.settings import changed

NORMS: tuple[tuple[Norm, ...], ...] = ((), (Norm.BN,), (Norm.LN,), (Norm.GN,))
GRID_DROPOUTS = (0.0, 0.05)
SEEDS = (0, 1, 2)
"""In the grid, the first one ships with its whole history; see `ships_whole`."""

PILOT_L1 = (3e-4, 1e-3, 3e-3, 1e-2)
PILOT_L2 = (1e-3, 1e-2, 3e-2, 1e-1)
PILOT_SEEDS = (100, 101)
"""Seeds that no shipped run uses."""


def configs() -> list[RunConfig]:
    """All of them, each once; of the grid those of the first seed come first, so that an interrupted rebuild has every
    arm once.
    """
    return list(dict.fromkeys([*_grid(), *_pairs(), *_stops()]))


def ships_whole(config: RunConfig) -> bool:
    """Whether the run ships with its whole history, or with the scores of every epoch and the last layers alone."""
    return config.seed == SEEDS[0] and (config in _grid() or config in _pairs())


def _grid() -> list[RunConfig]:
    grid = product(SEEDS, NORMS, GRID_DROPOUTS, (0.0, LESSON_L1), (0.0, LESSON_L2))
    return [
        changed(RunConfig(), {"norms": norms, "dropout": dropout, "l1": l1, "l2": l2, "seed": seed})
        for seed, norms, dropout, l1, l2 in grid
    ]


def _pairs() -> list[RunConfig]:
    """Every norm alone, and any two of them."""
    return [changed(RunConfig(), {"norms": norms}) for count in (1, 2) for norms in combinations(Norm, count)]


def _stops() -> list[RunConfig]:
    """Every stop of the page's sliders."""
    stops = {"dropout": DROPOUTS, "l1": LAMBDAS, "l2": LAMBDAS}
    return [changed(RunConfig(), {name: value}) for name, values in stops.items() for value in values]


def pilot_configs() -> list[RunConfig]:
    """Every norm without a penalty and with one penalty at each λ of the pilot, at the default dropout."""
    penalties = [{}, *({"l1": l1} for l1 in PILOT_L1), *({"l2": l2} for l2 in PILOT_L2)]
    return [
        changed(RunConfig(), {"norms": norms, "seed": seed, **penalty})
        for norms, penalty, seed in product(NORMS, penalties, PILOT_SEEDS)
    ]
