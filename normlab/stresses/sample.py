"""The images that stresses are measured with, and what a stress does to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from normlab import images, inference
from normlab.choices import Dataset
from normlab.config import DataConfig
from normlab.images import Bytes, Indices
from normlab.record import Floats
from normlab.stresses.settings import SAMPLE, Stress

TRAINING = 2_000
"""Training images that statistics are measured again with, at most."""

_SEED = 4


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Test images, in the data set's order: normalized (N, 1, 28, 28), with labels (N,) and their places among all
    `available` test images (N,)."""

    dataset: Dataset
    images: Floats
    labels: Bytes
    places: Indices
    available: int

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def title(self) -> str:
        """ "all 800 test images", or which part of them."""
        if len(self) == self.available:
            return f"all {len(self):,} test images"
        return f"a fixed sample of {len(self):,} of the {self.available:,} test images, each class in its share"


@lru_cache(maxsize=len(Dataset))
def sample(dataset: Dataset) -> Sample:
    """All test images if they are few, else always the same 800, stratified.

    Raises:
        DataProblem: if the data set is missing or damaged.
    """
    test = images.load(dataset).test
    places = np.sort(images.stratified_order(test.labels, _SEED)[:SAMPLE])
    chosen = test.take(places)
    return Sample(dataset, inference.normalized(chosen.images, dataset), chosen.labels, places, len(test))


@lru_cache(maxsize=8)
def population(config: DataConfig) -> Floats:
    """Training images of a run, normalized (N, 1, 28, 28): all, or the first 2,000 of their stratified order.

    Raises:
        DataProblem: if the data set is missing or damaged.
    """
    splits = images.load(config.dataset, validation=config.validation)
    train = images.training_subset(splits, config)
    return inference.normalized(train.images[:TRAINING], config.dataset)


def pixels(stress: Stress, dataset: Dataset, numbers: Sequence[int] | Indices) -> Bytes:
    """Images of the sample as the networks see them, (N, 28, 28); what lies beyond black and white is drawn so."""
    mean, std = dataset.spec.normalization
    values = seen(stress, sample(dataset).images[list(numbers), 0], dataset)
    drawn: Bytes = np.clip(np.rint(255 * (values * std + mean)), 0, 255).astype(np.uint8)
    return drawn


def seen(stress: Stress, normalized: Floats, dataset: Dataset) -> Floats:
    """Normalized images as the network sees them: raw contrast first, then raw brightness, then contrast about the
    data set's mean, all in one factor and one shift.

    With x = (v - m)/s, raw values v become k·v + b, and x becomes c·(k·x + ((k - 1)·m + b)/s).
    """
    mean, std = dataset.spec.normalization
    shift = ((stress.raw_contrast - 1) * mean + stress.raw_brightness) / std
    factor, offset = stress.contrast * stress.raw_contrast, stress.contrast * shift
    if (factor, offset) == (1, 0):
        return normalized
    return normalized * np.float32(factor) + np.float32(offset)
