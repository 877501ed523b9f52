"""What `normlab bench` measures, and what must come out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.presets import STUDY_L1, STUDY_RECIPE
from normlab.settings import changed
from normlab.training.bench.report import Goal


@dataclass(frozen=True, slots=True)
class Case:
    """The study's recipe with `settings`."""

    name: str
    settings: Mapping[str, Any]

    def config(self, images: int = 0, epochs: int = 1, seed: int = 1) -> RunConfig:
        """With this many training images, 0 for all."""
        own = {"dropout": 0.05, "train_size": images, "epochs": epochs, "seed": seed}
        return changed(RunConfig(), {**STUDY_RECIPE, **self.settings, **own})


BN = Case("MNIST epoch, BN", {"norms": (Norm.BN,)})
EPOCHS = (
    BN,
    Case("MNIST epoch, LN", {"norms": (Norm.LN,)}),
    Case("MNIST epoch, GN", {"norms": (Norm.GN,)}),
    Case("MNIST epoch, no norm", {"norms": ()}),
)
PENALIZED = Case("MNIST epoch, BN with L1", {"norms": (Norm.BN,), "l1": STUDY_L1})
PLAIN_LOOP, STRONG_LOOP = "plain loop", "strong loop"
PLAIN, STRONG = Goal(5.5, 7.0), Goal(3.5, 4.5)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: `images` of MNIST, 0 for all; `rounds`, and those of what takes seconds; first starts; the
    images with which the best way to run a loop is looked for; epochs of runs with BatchNorm's modes; cases without a
    goal."""

    images: int
    rounds: int
    short_rounds: int
    starts: int
    trial_images: int
    mode_epochs: int
    more: tuple[Case, ...]


WHOLE = Extent(images=0, rounds=3, short_rounds=5, starts=3, trial_images=5_000, mode_epochs=25, more=(PENALIZED,))
QUICK = Extent(images=2_000, rounds=2, short_rounds=2, starts=1, trial_images=1_000, mode_epochs=3, more=())

SWEEP_RUNS, SWEEP_EPOCHS = 8, 2
"""Of one epoch the end of a run, where BatchNorm's other statistics are measured, would be a large part."""
SWEEP_PLAIN, SWEEP_STRONG = Goal(4.0, 5.0), Goal(3.0, 4.0)

FORMER_DIGITS = 2.1
"""Seconds of the default run with the kernels of generation 1: measured once, on two cores of a Zen 4."""
DIGITS = Goal(0.55 * FORMER_DIGITS, 0.4 * FORMER_DIGITS)
COMMAND = Goal(3.0, 2.2)

HEAD_START = 10.0
"""Seconds that a page has been open when somebody presses Train; kernels are compiled from its start."""
COLD = Goal(HEAD_START + 6.0, HEAD_START)

SMALL_BATCH, LARGE_BATCH = 128, 512
BATCH_IMAGES = 12_000
BATCH = Goal(1.1, 1.0)
MODES_IMAGES = 6_000
MODES = Goal(1.5, 1.2)
MODES_NAME = f"run with bn_modes, {MODES_IMAGES:,} images of MNIST"
"""`config.BN_MODES_COST` tells its value."""

ACCURACY = Goal(5.0, 8.0)
ACCURACY_SEEDS = 5

GROWTH: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "images": ({"train_size": 5_000}, {"train_size": 20_000}, {"train_size": 0}),
    "batch size": ({"batch_size": 32}, {"batch_size": 128}, {"batch_size": 512}),
    "widths": ({"widths": "study"}, {"widths": "even"}),
}
"""What an epoch's seconds are measured for; but for the images themselves with 20,000 of them."""
GROWTH_IMAGES = 20_000
GROWTH_RUNS = (1, 2, 4, 8)
GROWTH_ROUNDS = 2
