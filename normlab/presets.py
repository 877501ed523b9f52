"""Ready configurations: a good recipe for each data set, and the arms of the study.

The study: "Comparison / interaction study on Batch/Group/Layer Normalizations and L1/L2 losses", EVA6 group 3, 2021.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from normlab.choices import Augmentation, Dataset, Norm, Schedule
from normlab.config import RunConfig
from normlab.settings import changed

STUDY_RECIPE: Mapping[str, Any] = {
    "dataset": Dataset.MNIST,
    "validation": False,
    "augmentation": Augmentation.STUDY,
    "lr": 0.02,
    "schedule": Schedule.PLATEAU_TEST,
    "batch_size": 128,
    "epochs": 25,
    "seed": 1,
}
"""The study's training to the letter, its schedule on the test loss included."""

DROPOUTS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LAMBDAS = (0.0, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""Stops of the page's sliders for dropout, and for L1 and L2. A run ships for each, all else as the page opens."""

SINGLE_NORMS: tuple[tuple[Norm, ...], ...] = ((), *((norm,) for norm in Norm if not norm.spec.fixes_each_mean))
"""No norm, and each alone with which this network can learn: one that fixes each channel's mean leaves it at chance."""
SHIPPED_SEEDS = range(10)
"""Of the default recipe on digits, with each of these."""

STUDY_L1, STUDY_L2 = 0.01, 1e-5
LESSON_L1, LESSON_L2 = 3e-3, 1e-2
"""λ of the shipped runs on digits, chosen on the validation split (`normlab rebuild --pilot`).

L1 at about the largest that leaves every norm near its best, L2 a little below: together they cost every arm something.
Three times as much of either drives networks without a norm to chance.
"""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of settings on top of the defaults."""

    name: str
    help: str
    settings: Mapping[str, Any]

    def config(self) -> RunConfig:
        return changed(RunConfig(), self.settings)


def _study_arm(name: str, norm: Norm, l1: float, l2: float) -> Preset:
    settings = {**STUDY_RECIPE, "norms": (norm,), "l1": l1, "l2": l2, "bn_modes": norm.spec.remembers}
    return Preset(
        f"Study: {name} on MNIST", "The study's own arm, 25 epochs of its recipe; trains for minutes.", settings
    )


PRESETS: tuple[Preset, ...] = (
    Preset("BatchNorm", "The study's default: dropout 0.05 and BatchNorm, no penalty.", {}),
    Preset("No norm", "The same network without normalization.", {"norms": ()}),
    Preset("LayerNorm", "Every image rescaled as a whole; dropout 0.05, no penalty.", {"norms": (Norm.LN,)}),
    Preset("GroupNorm", "The channels of every image in two groups; dropout 0.05, no penalty.", {"norms": (Norm.GN,)}),
    Preset("LayerNorm + L2", "The study's best arm, on digits.", {"norms": (Norm.LN,), "l2": LESSON_L2}),
    Preset("GroupNorm + L1", "The study's GroupNorm arm, on digits.", {"norms": (Norm.GN,), "l1": LESSON_L1}),
    Preset(
        "BatchNorm + L1 + L2",
        "The study's strangest arm, on digits.",
        {"norms": (Norm.BN,), "l1": LESSON_L1, "l2": LESSON_L2},
    ),
    _study_arm("GN + L1", Norm.GN, STUDY_L1, 0.0),
    _study_arm("LN + L2", Norm.LN, 0.0, STUDY_L2),
    _study_arm("BN + L1 + L2", Norm.BN, STUDY_L1, STUDY_L2),
)


def with_recipe(config: RunConfig, dataset: Dataset) -> RunConfig:
    """`config` on another data set, with that data set's recipe and all of its training images.

    Recipes are SGD with momentum 0.9 and a one-cycle schedule; digits' is RunConfig's default.
    """
    return changed(config, {"dataset": dataset, "train_size": 0, **dataset.spec.recipe})
