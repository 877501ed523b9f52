"""What there is to know of a norm.

A norm subtracts a mean (or nothing) and divides by the root of the variance (or of the mean square), both taken over
the values that share them; then each channel has a learned scale γ and, with most norms, a learned offset β.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Channels(StrEnum):
    """How many channels share a statistic; in the order in which a block applies norms of the same images."""

    ALL = "all"
    GROUP = "group"
    ONE = "one"


class Settings(Protocol):
    """The settings of a network that a norm may depend on (`ModelConfig`)."""

    @property
    def groups(self) -> int: ...

    @property
    def bn_momentum(self) -> float: ...

    @property
    def ghost_batch(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Script:
    """A norm in an exported script: the expression that makes its module for `outputs` channels, and the definition
    that the expression needs ("": torch has all of it)."""

    module: str
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Which statistic belongs to each image and to each channel: values share it where both numbers are equal.

    Numbers count from 0; those of channels never fall from one channel to the next.
    """

    images: tuple[int, ...]
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NormSpec:
    """A norm.

    `key` is its name in settings, addresses and state dicts, `name` the one for people; `meaning` says in one sentence
    what it does to activations ({groups} stands for their number), `covers` whose values share a statistic. `color` and
    `shade` are hexadecimal, each for a light and for a dark page; a shade marks a second run with the norm.

    Which values share a statistic: with `over_images` those of the whole batch, else of one image; of `channels`
    channels; always of all places. What images share is remembered, for evaluation. Without `centers` no mean is
    subtracted, and the mean square takes the variance's place; without `has_beta` there is no offset. `script` writes
    the norm for an exported script.
    """

    key: str
    name: str
    meaning: str
    covers: str
    over_images: bool
    channels: Channels
    centers: bool = True
    has_beta: bool = True
    color: tuple[str, str]
    shade: tuple[str, str]
    script: Callable[[Settings], Script]

    def __post_init__(self) -> None:
        if self.over_images and not (self.channels is Channels.ONE and self.centers and self.has_beta):
            raise ValueError(f"{self.name}: memory is a mean and a variance for each channel, with γ and β.")

    @property
    def word(self) -> str:
        """ "Batch": where it is clear that norms are meant and there is no room for more."""
        return self.name.removesuffix("Norm")

    @property
    def remembers(self) -> bool:
        """Whether it keeps a running mean and variance, which evaluation uses: else one image's answer would depend on
        the others."""
        return self.over_images

    @property
    def is_grouped(self) -> bool:
        """Whether the number of groups matters; it must divide the channels."""
        return self.channels is Channels.GROUP

    @property
    def fixes_each_mean(self) -> bool:
        """Whether each channel of each image has the mean β afterwards, whatever the image is."""
        return self.centers and not self.over_images and self.channels is Channels.ONE

    @property
    def parameters(self) -> tuple[str, ...]:
        """γ and β as a state dict names them; each has a number for each channel."""
        return ("weight", "bias") if self.has_beta else ("weight",)

    @property
    def buffers(self) -> tuple[str, ...]:
        """What it remembers, likewise."""
        return ("running_mean", "running_var") if self.remembers else ()

    @property
    def statistics(self) -> tuple[str, ...]:
        """What the values share, in words."""
        return ("mean", "variance") if self.centers else ("mean square",)

    def rank(self) -> tuple[bool, int, bool, str]:
        """Its place in a block: norms are applied from the lowest to the highest."""
        return not self.over_images, list(Channels).index(self.channels), not self.centers, self.key

    def label(self, groups: int) -> str:
        """ "BN", "GN(2)"."""
        return f"{self.key.upper()}({groups})" if self.is_grouped else self.key.upper()

    def title(self, groups: int, between: str = " with ") -> str:
        """ "BatchNorm", "GroupNorm with 2 groups"."""
        return f"{self.name}{between}{groups} groups" if self.is_grouped else self.name

    def sharing(self, images: int, channels: int, groups: int, ghost: int = 0) -> Sharing:
        """Who shares a statistic in a batch of so many images and channels: the one answer for all who compute.

        With a `ghost` the images of a batch share it that many at a time, if they share it at all: of the q full ghosts
        number k has every q-th image from the k-th, and images left over form one more.

        Raises:
            ValueError: where the norm has groups and they do not divide the channels.
        """
        if self.is_grouped and (groups < 1 or channels % groups):
            raise ValueError(
                f"groups={groups} must divide the {channels} channels: choose one of {divisors(channels)}."
            )
        width = {Channels.ALL: channels, Channels.GROUP: channels // groups, Channels.ONE: 1}[self.channels]
        ghost = min(ghost or images, images) if self.over_images else 1
        full = images // ghost
        return Sharing(
            tuple(image % full if image < full * ghost else full for image in range(images)),
            tuple(channel // width for channel in range(channels)),
        )


def divisors(channels: int) -> tuple[int, ...]:
    """The numbers of groups that so many channels allow."""
    return tuple(groups for groups in range(1, channels + 1) if channels % groups == 0)
