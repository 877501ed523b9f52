"""Why BN + L1 + L2 swings: the variants that tell the possible mechanisms apart.

docs/predictions.md says what each was expected to show, and was written before any was run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from normlab.choices import Augmentation, L1Step, Norm, Schedule, Scope
from normlab.config import RunConfig
from normlab.presets import STUDY_L1, STUDY_L2, STUDY_RECIPE
from normlab.settings import changed

FOLDER = "mechanisms"
SEEDS = (1, 2, 3)
EPOCHS = 8
_BASE: Mapping[str, Any] = {
    **STUDY_RECIPE,
    "norms": (Norm.BN,),
    "l1": STUDY_L1,
    "l2": STUDY_L2,
    "schedule": Schedule.CONSTANT,
    "epochs": EPOCHS,
    "bn_modes": True,
}
QUICK: Mapping[str, Any] = {"train_size": 10_000, "epochs": 3}
"""Enough to see that a measurement works, too little to conclude from it."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A training in which one thing differs from `base`: `title` in words; `asks` names the mechanisms it tests.

    With `project`, every convolution but the head is set back to its initial norm after each step.
    """

    name: str
    title: str
    asks: str
    settings: Mapping[str, Any]
    project: bool = False

    def config(self, seed: int, *, quick: bool = False) -> RunConfig:
        return changed(RunConfig(), {**_BASE, **self.settings, **(QUICK if quick else {}), "seed": seed})


VARIANTS: tuple[Variant, ...] = (
    Variant("base", "no change", "A to H: which weights, which images, which statistics", {}),
    Variant("no-penalty", "no L1, no L2", "control: does it take L1?", {"l1": 0.0, "l2": 0.0}),
    Variant("group-norm", "GroupNorm for BatchNorm", "E: do the weights themselves swing?", {"norms": (Norm.GN,)}),
    Variant(
        "momentum-0.01",
        "BN momentum 0.01 (100 batches)",
        "B: are the running averages too noisy?",
        {"bn_momentum": 0.01},
    ),
    Variant("momentum-0.3", "BN momentum 0.3 (3 batches)", "A: do the running averages lag?", {"bn_momentum": 0.3}),
    Variant("momentum-0.5", "BN momentum 0.5 (2 batches)", "A: do the running averages lag?", {"bn_momentum": 0.5}),
    Variant(
        "projected",
        "weights keep their initial length",
        "C: do shrinking norms make the weights turn fast?",
        {},
        project=True,
    ),
    Variant(
        "proximal", "proximal L1 steps", "D: do weights that chatter around zero matter?", {"l1_step": L1Step.PROXIMAL}
    ),
    Variant(
        "inner-scope",
        "L1 spares head and last norm",
        "G: are the margins thin because L1 covers the head?",
        {"l1_scope": Scope.INNER},
    ),
    Variant("weights-scope", "L1 on weights alone", "scope: is it the convolutions?", {"l1_scope": Scope.WEIGHTS}),
    Variant("gamma-scope", "L1 on γ alone", "scope: is it γ?", {"l1_scope": Scope.GAMMA}),
    Variant(
        "clean",
        "clean images, no dropout",
        "F: do augmentation and dropout matter?",
        {"augmentation": Augmentation.NONE, "dropout": 0.0},
    ),
    Variant(
        "study-schedule",
        "the study's schedule",
        "H: what does the schedule on the test loss add?",
        {"schedule": Schedule.PLATEAU_TEST},
    ),
)
BY_NAME: Mapping[str, Variant] = {variant.name: variant for variant in VARIANTS}


@dataclass(frozen=True, slots=True)
class Measurement:
    """One variant with one seed; its result is a file of its own."""

    variant: Variant
    seed: int

    @property
    def file_name(self) -> str:
        return f"{self.variant.name}-seed{self.seed}.json"


def measurements(names: tuple[str, ...] = (), seeds: tuple[int, ...] = SEEDS) -> list[Measurement]:
    """All, or those of some variants; every one once before any seed comes a second time."""
    chosen = [BY_NAME[name] for name in names] or VARIANTS
    return [Measurement(variant, seed) for seed, variant in product(seeds, chosen)]
