"""The named choices a configuration is made of, and the sizes that belong to them."""

from collections.abc import Mapping
from enum import EnumType, StrEnum
from typing import TYPE_CHECKING, TypeVar

from normlab import datasets, norms
from normlab.datasets import DatasetSpec
from normlab.norms import NormSpec

_Choice = TypeVar("_Choice")


class _OneForEachFile(EnumType):
    if TYPE_CHECKING:  # else `Norm.BN` would be unknown: the members come from files

        def __getattr__(cls: type[_Choice], name: str) -> _Choice: ...


class Dataset(StrEnum, metaclass=_OneForEachFile):
    """The data sets of `normlab.datasets`: `Dataset.FASHION_MNIST` is "fashion-mnist"."""

    _ignore_ = "members key"
    members = vars()
    for key in datasets.SPECS:
        members[key.upper().replace("-", "_")] = key

    @property
    def spec(self) -> DatasetSpec:
        """Everything there is to know of it."""
        return datasets.SPECS[self]


class Augmentation(StrEnum):
    NONE = "none"
    STUDY = "study"


class Norm(StrEnum, metaclass=_OneForEachFile):
    """The norms of `normlab.norms`, in the order in which a block applies them: `Norm.BN` is "bn"."""

    _ignore_ = "members key"
    members = vars()
    for key in norms.SPECS:
        members[key.upper()] = key

    @property
    def spec(self) -> NormSpec:
        """Everything there is to know of it."""
        return norms.SPECS[self]


class Statistics(StrEnum):
    """Which mean and variance BatchNorm uses when a network is evaluated.

    RUNNING: what it remembers, as in eval mode. BATCH: those of fixed shuffled batches of 1,000 test images, a
    diagnostic, for then the answer to one image depends on the others. REESTIMATED: those of the population, measured
    with the present weights on 10,000 (or all) shuffled clean training images, dropout off.
    """

    RUNNING = "running"
    BATCH = "batch"
    REESTIMATED = "reestimated"


class DropoutPlace(StrEnum):
    BEFORE_NORM = "before-norm"
    AFTER_NORM = "after-norm"


class Widths(StrEnum):
    STUDY = "study"
    EVEN = "even"


class BlockNumber(StrEnum):
    """The network's blocks, from the image to the head."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"
    SIX = "6"


class Scope(StrEnum):
    """Which parameters a penalty covers: every one, convolution weights, the norms' γ, or the inner ones.

    INNER leaves out the head and the last block's γ and β. The other parameters can shrink together, layer by layer,
    without changing what a normalized network computes.
    """

    ALL = "all"
    WEIGHTS = "weights"
    GAMMA = "gamma"
    INNER = "inner"


class L1Step(StrEnum):
    SUBGRADIENT = "subgradient"
    PROXIMAL = "proximal"


class Trainable(StrEnum):
    """Which parameters learn; the others keep their initial values.

    RANDOM: in each block's convolution as many weights, drawn at random, as its norms have parameters (Frankle, Schwab
    and Morcos 2021, "Training BatchNorm and only BatchNorm": two for each channel with BatchNorm).
    """

    ALL = "all"
    NORM = "norm"
    HEAD = "head"
    RANDOM = "random"


class Optimizer(StrEnum):
    SGD = "sgd"
    ADAM = "adam"


class Schedule(StrEnum):
    PLATEAU_TEST = "plateau-test"
    PLATEAU_VALIDATION = "plateau-validation"
    ONE_CYCLE = "one-cycle"
    CONSTANT = "constant"


BLOCK_CHANNELS: Mapping[Widths, tuple[int, ...]] = {
    Widths.STUDY: (6, 12, 16, 16, 18, 18),
    Widths.EVEN: (8, 16, 16, 16, 16, 16),
}
"""Output channels of the six convolution blocks: the channels that a norm sees."""

TRANSITION_CHANNELS: Mapping[Widths, int] = {Widths.STUDY: 7, Widths.EVEN: 8}
"""Output channels of the 1×1 convolution after the second block."""
