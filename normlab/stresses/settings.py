"""What can be done to a trained network, as settings; and as text: an address's query, words of a command."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from normlab import describe
from normlab.choices import Statistics
from normlab.config import ConfigError, ModelConfig
from normlab.rules import Checked, setting, told
from normlab.settings import Setting

SAMPLE = 800
"""Test images that a stress is measured with: all of `digits`."""


class Composition(StrEnum):
    """Which test images share a batch.

    MIXED: shuffled. SORTED: by class, cut where a batch is full. ONE_CLASS: no batch has two classes. AMONG: only one
    batch, a single image and its neighbors.
    """

    MIXED = "mixed"
    SORTED = "sorted"
    ONE_CLASS = "one-class"
    AMONG = "among"


class Neighbors(StrEnum):
    """Among whom a single image is: those of its own class, any, or those of the class with this number."""

    OWN, MIXED = "own", "mixed"
    ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE = "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"


@told
@dataclass(frozen=True, slots=True)
class Stress(Checked):
    """What is done to a trained network and its test images that it was not trained for; by default nothing."""

    contrast: float = setting(
        1.0,
        "Contrast",
        "Fog: multiplies each pixel's distance from the data set's mean. 0 leaves one gray; nothing is clipped.",
        low=0.0,
        high=10.0,
    )
    raw_contrast: float = setting(
        1.0,
        "Contrast of raw pixels",
        "Multiplies the pixels, black 0 to white 1, which also moves their mean. Nothing is clipped.",
        low=0.0,
        high=10.0,
    )
    raw_brightness: float = setting(
        0.0,
        "Brightness of raw pixels",
        "Is added to the pixels, black 0 to white 1, after their contrast. Nothing is clipped.",
        low=-1.0,
        high=1.0,
    )
    weight_scale: float = setting(
        1.0,
        "Convolution weights ×",
        "Multiplies the weights of all convolutions but the head. Biases stay as they are.",
        low=0.1,
        high=10.0,
    )
    repaired: bool = setting(
        False,
        "Repair",
        "Undoes what scaled weights break: multiplies remembered means and biases by s, variances by s², once for each "
        "convolution since the last norm.",
    )
    statistics: Statistics = setting(
        Statistics.RUNNING,
        "BatchNorm's statistics",
        "What BatchNorm remembers, those of each batch of test images, or those of training images under the same "
        "stress.",
    )
    test_batch: int = setting(
        32,
        "Images in a batch",
        "How many test images share a batch. Matters only where statistics are those of the batch.",
        low=1,
        high=256,
    )
    composition: Composition = setting(
        Composition.MIXED,
        "Composition of the batch",
        "Who shares a batch: shuffled images, sorted ones, those of one class, or a single image and its neighbors. "
        "Matters only where statistics are those of the batch.",
    )
    image: int = setting(
        0, "Image", "The single image that is among others, by its number from 0.", low=0, high=SAMPLE - 1
    )
    neighbors: Neighbors = setting(
        Neighbors.OWN,
        "Neighbors",
        "Who shares the single image's batch: its own class, all classes, or the class of a number.",
    )
    test_dropout: bool = setting(False, "Dropout left on", "Drops values as in training, at the network's own rate.")
    draw: int = setting(0, "Draw", "Decides who shares a batch, and what dropout drops.", low=0, high=999_999)

    def require(self, model: ModelConfig) -> None:
        """Raise `ConfigError` if the network lacks what this asks for."""
        if self.statistics is not Statistics.RUNNING and not model.remembers:
            raise ConfigError(
                "statistics",
                f"statistics={self.statistics} needs a norm that remembers some, and this network has none: use "
                "statistics=running.",
            )
        if self.test_dropout and not model.dropout:
            raise ConfigError(
                "test_dropout", "test_dropout=true needs a network with dropout: this one was trained without."
            )

    def effective(self, model: ModelConfig) -> "Stress":
        """The same for this network, with every setting that has no effect put back to its default.

        So it never asks for what the network lacks, and two stresses with one outcome are equal.
        """
        plain = Stress()
        kept = self if model.remembers else replace(self, statistics=plain.statistics)
        if not model.dropout:
            kept = replace(kept, test_dropout=False)
        if kept.weight_scale == 1 or not (model.remembers or describe.has_bias(model)):
            kept = replace(kept, repaired=False)
        if kept.composition is not Composition.AMONG:
            kept = replace(kept, image=plain.image, neighbors=plain.neighbors)
            if kept.statistics is not Statistics.BATCH:
                kept = replace(kept, test_batch=plain.test_batch, composition=plain.composition)
        is_drawn = kept.test_dropout or kept.statistics is Statistics.BATCH or kept.composition is Composition.AMONG
        return kept if is_drawn else replace(kept, draw=plain.draw)


SETTINGS: Mapping[str, Setting] = {
    item.name: Setting(item.name, "", item.type, item.default, item.metadata["rule"]) for item in fields(Stress)
}


def changed(stress: Stress, values: Mapping[str, Any]) -> Stress:
    """`stress` with some settings replaced.

    Raises:
        ConfigError: for an unknown name, or a value against its rule.
    """
    for name in values:
        _require_known(name)
    return replace(stress, **values)


def from_query(query: Mapping[str, str], base: Stress | None = None) -> tuple[Stress, list[ConfigError]]:
    """Read an address's query. Whatever is refused keeps its value in `base` and is named in the list."""
    stress = base or Stress()
    refused: list[ConfigError] = []
    for name, text in query.items():
        try:
            _require_known(name)  # before its text is read
            stress = changed(stress, {name: SETTINGS[name].parse(text)})
        except ConfigError as error:
            refused.append(error)
    return stress, refused


def to_query(stress: Stress) -> dict[str, str]:
    """An address's query: what differs from doing nothing."""
    values = {name: getattr(stress, name) for name in SETTINGS}
    return {name: SETTINGS[name].format(value) for name, value in values.items() if value != SETTINGS[name].default}


def _require_known(name: str) -> None:
    if name not in SETTINGS:
        raise ConfigError(name, f"{name} is no setting of a stress; known are {', '.join(SETTINGS)}.")
