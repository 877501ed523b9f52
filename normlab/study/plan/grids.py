"""The runs of the replication: the study's recipe to the letter, and the same questions asked honestly.

The study's grid takes every setting from the study. Its arms without a norm use the study's own bare network
(`study_exact`: no biases, default initialization), because the recipe is repeated to the letter. The honest grids give
the network without a norm biases and a fitting initialization, penalize weights only, follow a fixed schedule, and
choose λ on the validation split, arm by arm, with seeds that no other run uses; a grid of λ grows until its best
candidate is not its last one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from normlab.choices import Dataset, Norm, Scope
from normlab.config import RunConfig
from normlab.presets import LESSON_L1, LESSON_L2, STUDY_L1, STUDY_L2, STUDY_RECIPE
from normlab.settings import changed

Norms = tuple[Norm, ...]
NORMS: tuple[Norms, ...] = ((), (Norm.BN,), (Norm.LN,), (Norm.GN,))
PENALTIES = ("none", "l1", "l2", "l1+l2")
TUNING_SEEDS = (100, 101)
LADDER = tuple(float(f"{digit}e{power}") for power in range(-6, 0) for digit in (1, 3))
"""Every λ that may be tried, ascending: where the best of a grid is its last one, the next of these is tried too."""


@dataclass(frozen=True, slots=True)
class Strengths:
    """λ of an arm."""

    l1: float = 0.0
    l2: float = 0.0


@dataclass(frozen=True, slots=True)
class GridArm:
    """A norm with a penalty of `PENALTIES`."""

    norms: Norms
    penalty: str

    @property
    def name(self) -> str:
        """ "bn/l1", "none/none"."""
        return f"{'+'.join(self.norms) or 'none'}/{self.penalty}"


@dataclass(frozen=True, slots=True)
class Part:
    """A grid of arms and seeds on one data set. `l1` and `l2` are candidates for λ; without any, λ is `fixed`."""

    name: str
    title: str
    settings: Mapping[str, Any]
    seeds: tuple[int, ...]
    norms: tuple[Norms, ...] = NORMS
    penalties: tuple[str, ...] = PENALTIES
    l1: tuple[float, ...] = ()
    l2: tuple[float, ...] = ()
    tuning_seeds: tuple[int, ...] = TUNING_SEEDS
    fixed: Strengths = Strengths(STUDY_L1, STUDY_L2)
    first: tuple[GridArm, ...] = field(default=())

    @property
    def is_tuned(self) -> bool:
        return bool(self.l1)

    def arms(self) -> list[GridArm]:
        """In the order in which they are trained: `first`, then the others."""
        every = [GridArm(norms, penalty) for norms, penalty in product(self.norms, self.penalties)]
        return sorted(every, key=lambda arm: self.first.index(arm) if arm in self.first else len(self.first))

    def config(self, arm: GridArm, strengths: Strengths, seed: int) -> RunConfig:
        own = {"norms": arm.norms, "l1": strengths.l1, "l2": strengths.l2, "seed": seed}
        return changed(RunConfig(), {**self.settings, **own})

    def configs(self, tuned: Mapping[str, Strengths]) -> list[RunConfig]:
        """Every run, each arm once before any seed comes again; `tuned` maps arms' names to their λ."""
        return [self.config(arm, tuned[arm.name], seed) for seed, arm in product(self.seeds, self.arms())]

    def fixed_strengths(self) -> dict[str, Strengths]:
        """λ by arm where it is not chosen: `fixed` in arms that have the penalty."""
        return {
            arm.name: Strengths(
                self.fixed.l1 if "l1" in arm.penalty else 0.0, self.fixed.l2 if "l2" in arm.penalty else 0.0
            )
            for arm in self.arms()
        }

    def size(self) -> int:
        return len(self.seeds) * len(self.norms) * len(self.penalties)

    def stages(self) -> tuple[list[GridArm], list[GridArm]]:
        """The arms whose candidates are known from the start, and those whose candidates follow from what these get."""
        both = [arm for arm in self.arms() if "+" in arm.penalty]
        return [arm for arm in self.arms() if arm not in both], both

    def candidates(self, arm: GridArm, chosen: Mapping[str, Strengths]) -> list[Strengths]:
        """The λ that an arm may get. L1 + L2 takes the two that were chosen alone, at full, a third and a tenth."""
        match arm.penalty:
            case "none":
                return [Strengths()]
            case "l1":
                return [Strengths(l1=value) for value in self.l1]
            case "l2":
                return [Strengths(l2=value) for value in self.l2]
        alone = (chosen[GridArm(arm.norms, penalty).name] for penalty in ("l1", "l2"))
        l1, l2 = next(alone).l1, next(alone).l2
        return [Strengths(_short(l1 * share), _short(l2 * share)) for share in (1.0, 0.3, 0.1)]

    def further(self, arm: GridArm, tried: Sequence[Strengths], best: Strengths) -> list[Strengths]:
        """The next λ of `LADDER` if the best is the smallest or the largest of those tried; [] if it lies between.

        L1 + L2 needs none: its candidates follow from what was chosen alone.
        """
        if arm.penalty not in ("l1", "l2"):
            return []
        values, chosen = [getattr(one, arm.penalty) for one in tried], getattr(best, arm.penalty)
        beyond = [
            *([step for step in LADDER if step < chosen][-1:] if chosen == min(values) else []),
            *([step for step in LADDER if step > chosen][:1] if chosen == max(values) else []),
        ]
        return [Strengths(**{arm.penalty: value}) for value in beyond if value not in values]


def _short(value: float) -> float:
    return float(f"{value:.2g}")


_STUDY_ARMS = (GridArm((Norm.BN,), "l1+l2"), GridArm((Norm.GN,), "l1"), GridArm((Norm.LN,), "l2"))
_HONEST = {"l1_scope": Scope.WEIGHTS, "l2_scope": Scope.WEIGHTS}
_L1, _L2 = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3), (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
_HEADLINE: Mapping[str, Any] = {
    "norms": ((Norm.BN,), (Norm.GN,)),
    "penalties": ("none", "l1"),
    "seeds": tuple(range(5)),
}


def _recipe(dataset: Dataset) -> Mapping[str, Any]:
    return {"dataset": dataset, **dataset.spec.recipe, **_HONEST}


PARTS: tuple[Part, ...] = (
    Part(
        "study",
        "The study's recipe to the letter on MNIST",
        {**STUDY_RECIPE, "study_exact": True, "bn_modes": True},
        seeds=(1, 2, 3),
        first=_STUDY_ARMS,
    ),
    Part("digits", "Honestly, on digits", _recipe(Dataset.DIGITS), seeds=tuple(range(10)), l1=_L1, l2=_L2),
    Part(
        "mnist-2k",
        "Honestly, on 2,000 images of MNIST",
        {**_recipe(Dataset.MNIST), **Dataset.DIGITS.spec.recipe, "train_size": 2_000},
        seeds=tuple(range(10)),
        l1=_L1,
        l2=_L2,
    ),
    Part(
        "mnist",
        "Headline arms on all of MNIST",
        _recipe(Dataset.MNIST),
        l1=_L1[:4],
        tuning_seeds=TUNING_SEEDS[:1],
        **_HEADLINE,
    ),
    Part(
        "fashion",
        "Headline arms on Fashion-MNIST",
        _recipe(Dataset.FASHION_MNIST),
        l1=_L1[:4],
        tuning_seeds=TUNING_SEEDS[:1],
        **_HEADLINE,
    ),
)
"""The most valuable part first."""

BY_NAME: Mapping[str, Part] = {part.name: part for part in PARTS}

LESSON = Part(
    "lesson",
    "The lesson's runs on digits",
    {},
    seeds=(0, 1, 2),
    fixed=Strengths(LESSON_L1, LESSON_L2),
)
LESSON_NO_DROPOUT = replace(
    LESSON, name="lesson-no-dropout", title="The lesson's runs on digits, without dropout", settings={"dropout": 0.0}
)
"""What `normlab rebuild` makes: no parts of the repetition, but they can be asked the same."""

RACES: Mapping[float, Part] = {
    lr: Part(
        f"race at {lr:g}",
        f"Digits at a learning rate of {lr:g}",
        {"lr": lr, "bn_modes": lr >= 0.3},
        seeds=tuple(range(5)),
        norms=(*NORMS, (Norm.RMS,)),
        penalties=("none",),
    )
    for lr in (0.03, 0.3, 1.0)
}
"""By learning rate: what a network with each norm makes of it, which the page opens with. The validation split says
which rate suits an arm best."""

HIGH_RATE = Part(
    "high-rate",
    "Digits at a learning rate of 0.1",
    {"lr": 0.1},
    seeds=tuple(range(10)),
    norms=((), (Norm.BN,)),
    penalties=("none",),
)
"""What a lesson shows of a norm: more than three times the usual rate, at which some networks without one fail."""
