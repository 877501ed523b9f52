"""The runs on digits that ship, and the pilot that chose their λ.

A grid: norm × dropout × L1 × L2, three seeds each. And what the pages show by themselves: every norm with ten seeds,
and all that one step from the opening page leads to, with the seed that it opens with, so that whoever moves a first
slider or presses a second norm sees what that does, not a button to train it; and what a norm does at a high rate.
"""

from itertools import combinations, product

from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.identity import canonical
from normlab.presets import DROPOUTS, LAMBDAS, LESSON_L1, LESSON_L2, PRESETS, SHIPPED_SEEDS, SINGLE_NORMS
from normlab.settings import changed
from normlab.study.plan.grids import HIGH_RATE, RACES

NORMS = SINGLE_NORMS
GRID_DROPOUTS = (0.0, 0.05)
SEEDS = (0, 1, 2)
PAGE_SEEDS = SHIPPED_SEEDS

PILOT_L1 = (3e-4, 1e-3, 3e-3, 1e-2)
PILOT_L2 = (1e-3, 1e-2, 3e-2, 1e-1)
PILOT_SEEDS = (100, 101)
"""Seeds that no shipped run uses."""


SHOWN = (
    *(preset.config() for preset in PRESETS if not preset.name.startswith("Study:")),
    *(changed(RunConfig(), {"norms": norms, "l1": LESSON_L1}) for norms in ((), (Norm.BN,))),
)
"""Arms of which a preset, or a link in docs/teachers.md, shows a single run."""


def page(opening: int) -> list[RunConfig]:
    """Around the seed that the page opens with."""
    arms = [changed(RunConfig(), {"norms": norms, "seed": seed}) for seed in PAGE_SEEDS for norms in NORMS]
    high_rate = HIGH_RATE.configs(HIGH_RATE.fixed_strengths())
    return list(dict.fromkeys([*arms, *pairs(opening), *_stops(opening), *high_rate]))


def lesson() -> list[RunConfig]:
    """The grid, the first seed first, so that an interrupted rebuild has every arm once."""
    grid = product(SEEDS, NORMS, GRID_DROPOUTS, (0.0, LESSON_L1), (0.0, LESSON_L2))
    return [
        changed(RunConfig(), {"norms": norms, "dropout": dropout, "l1": l1, "l2": l2, "seed": seed})
        for seed, norms, dropout, l1, l2 in grid
    ]


def races() -> list[RunConfig]:
    """What the page opens with: every norm at every step size of a race."""
    configs = (config for part in RACES.values() for config in part.configs(part.fixed_strengths()))
    return list(dict.fromkeys(map(canonical, configs)))


def pairs(seed: int) -> list[RunConfig]:
    """No norm, every norm alone, and any two of them: a first press on a norm. They ship with their whole history."""
    chosen = (norms for count in (0, 1, 2) for norms in combinations(Norm, count))
    return [changed(RunConfig(), {"norms": norms, "seed": seed}) for norms in chosen]


def _stops(seed: int) -> list[RunConfig]:
    """Every stop of the page's sliders."""
    stops = {"dropout": DROPOUTS, "l1": LAMBDAS, "l2": LAMBDAS}
    return [changed(RunConfig(), {name: value, "seed": seed}) for name, values in stops.items() for value in values]


def pilot_configs() -> list[RunConfig]:
    """Every norm without a penalty and with one penalty at each λ of the pilot, at the default dropout."""
    penalties = [{}, *({"l1": l1} for l1 in PILOT_L1), *({"l2": l2} for l2 in PILOT_L2)]
    return [
        changed(RunConfig(), {"norms": norms, "seed": seed, **penalty})
        for norms, penalty, seed in product(NORMS, penalties, PILOT_SEEDS)
    ]
