"""What `normlab bench` measures, and what must come out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.presets import STUDY_L1, STUDY_RECIPE
from normlab.settings import changed


@dataclass(frozen=True, slots=True)
class Case:
    """The study's recipe with `settings`. `least` and `aim` are ratios of the reference's seconds to the project's."""

    name: str
    settings: Mapping[str, Any]
    least: float = 4.0
    aim: float = 6.0

    def config(self, images: int = 0, epochs: int = 1, seed: int = 1) -> RunConfig:
        """With this many training images, 0 for all."""
        own = {"dropout": 0.05, "train_size": images, "epochs": epochs, "seed": seed}
        return changed(RunConfig(), {**STUDY_RECIPE, **self.settings, **own})


EPOCHS = (
    Case("epoch, BN", {"norms": (Norm.BN,)}),
    Case("epoch, LN", {"norms": (Norm.LN,)}),
    Case("epoch, GN", {"norms": (Norm.GN,)}),
    Case("epoch, BN with L1", {"norms": (Norm.BN,), "l1": STUDY_L1}),
)
SWEEP = Case("8 runs of 3 epochs", {"norms": (Norm.BN,)}, least=6.0, aim=10.0)
SWEEP_EPOCHS = 3
"""Of one epoch the end of a run, where BatchNorm's other statistics are measured, would be a sixth."""
ACCURACY = Case("to 99.0 %", {"norms": (Norm.BN,)}, least=5.0, aim=8.0)

DIGITS_LEAST, DIGITS_AIM = 4.0, 2.0
"""Seconds for ten epochs of the default recipe."""
STATISTICS_MOST, REST_MOST = 0.05, 0.15
"""Shares of an epoch: per-layer statistics; everything but training steps and the test pass."""

GROWTH: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "images": ({"train_size": 5_000}, {"train_size": 20_000}, {"train_size": 0}),
    "batch size": ({"batch_size": 32}, {"batch_size": 128}, {"batch_size": 512}),
    "widths": ({"widths": "study"}, {"widths": "even"}),
}
"""What an epoch's seconds are measured for; but for the images themselves with 20,000 of them."""
GROWTH_IMAGES = 20_000
