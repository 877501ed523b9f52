"""What carries the swing of BN + L1 + L2: each mechanism that was thought of, and what happened to it.

Separate from whether the predictions of it came true: one may have predicted rightly that a mechanism carries nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from normlab.study.results.measured import Results, Values
from normlab.study.results.mechanisms import BASE, Share, given_back, of_epochs, removed, share, swings

ALL, MATTERS = 0.9, 0.1
"""Shares of the deficit from which a mechanism carries it, and from which it carries part of it: in every seed."""
DEFICIT, _SWING = "the deficit", "the variance of the swing"
BLOCKS = tuple(f"block{number}" for number in range(1, 7))


class Carries(StrEnum):
    """What happened to a mechanism."""

    ALL = "carries it"
    PART = "carries part of it"
    NONE = "does not carry it"
    WORSE = "does not: without it the drop is worse"
    OPEN = "seeds disagree"
    NOT_MEASURED = "not measured"


def verdict(found: Share | None) -> Carries:
    """By every seed: part of it where each gives at least `MATTERS`, worse where each gives as much the other way.

    Where neither is so, the mechanism carries nothing if the seeds' mean is below `MATTERS`.
    """
    if found is None:
        return Carries.NOT_MEASURED
    if found.low >= ALL:
        return Carries.ALL
    if found.low >= MATTERS:
        return Carries.PART
    if found.high <= -MATTERS:
        return Carries.WORSE
    return Carries.NONE if found.mean < MATTERS else Carries.OPEN


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`name` is what may carry the drop, `test` what was done to find out, `subject` the predictions' name for it.

    `values` is the share that it carries, seed by seed, of the deficit or of what `of` says.
    """

    subject: str
    name: str
    test: str
    values: Callable[[Results], Values]
    of: str = DEFICIT


@dataclass(frozen=True, slots=True)
class Carrier:
    """A mechanism with what was measured of it."""

    mechanism: Mechanism
    share: Share | None

    @property
    def verdict(self) -> Carries:
        return verdict(self.share)

    @property
    def text(self) -> str:
        """ "carries part of it: 66 % (61 to 69)"."""
        return str(self.verdict) if self.share is None else f"{self.verdict}: {self.share.text}"


def carriers(results: Results) -> list[Carrier]:
    """Every mechanism, in the order of the predictions."""
    return [Carrier(one, share(one.values(results))) for one in MECHANISMS]


def depth(results: Results) -> list[Share]:
    """What batch statistics in one block alone give back of base's deficit, block by block; [] if it is not known."""
    found = [share(_given_back(lambda one, block=block: one["one_block"][block])(results)) for block in BLOCKS]
    return [one for one in found if one is not None]


def _given_back(part: Callable[..., float]) -> Callable[[Results], Values]:
    return lambda results: of_epochs(results, BASE, given_back(part))


def _removed(arm: str) -> Callable[[Results], Values]:
    return lambda results: removed(results, arm)


def _left(arm: str) -> Callable[[Results], Values]:
    """Where L1 acts on one part only, what that part does is what is left."""
    return lambda results: {seed: 1 - gone for seed, gone in removed(results, arm).items()}


def _variance(mode: str, images: str, *, is_rest: bool) -> Callable[[Results], Values]:
    """The variance of another curve as a share of that which the study plots, or the rest of it."""

    def ratio(results: Results) -> Values:
        whole, other = swings(results, BASE, "running"), swings(results, BASE, mode, images)
        shares = {seed: (other[seed] / value) ** 2 for seed, value in whole.items() if value}
        return {seed: 1 - value if is_rest else value for seed, value in shares.items()}

    return ratio


MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        "base",
        "The remembered statistics",
        "the same weights with the batch's statistics",
        _variance("batch", "test", is_rest=True),
        _SWING,
    ),
    Mechanism("control", "L1", "trained without a penalty", _removed("no-penalty")),
    Mechanism(
        "A: lag",
        "Memory lags behind the weights",
        "50 batches passed forward, weights frozen",
        _given_back(lambda one: one["forward_passes"]),
    ),
    Mechanism("B: noise", "Memory is too noisy", "ten times as many batches averaged", _removed("momentum-0.01")),
    Mechanism("C: large steps", "Shrinking weights turn fast", "their length kept", _removed("projected")),
    Mechanism(
        "D: dead channels",
        "Channels that hardly vary",
        "batch statistics in these alone",
        _given_back(lambda one: one["low_variance_channels"]),
    ),
    Mechanism("D: dead channels", "Weights that chatter around zero", "proximal L1 steps", _removed("proximal")),
    Mechanism(
        "E: weights",
        "The weights themselves swing",
        "what is left with batch statistics",
        _variance("batch", "test", is_rest=False),
        _SWING,
    ),
    Mechanism("F: images", "Augmentation and dropout", "trained without both", _removed("clean")),
    Mechanism("G: margins", "L1 on the head and the last norm", "L1 spares them", _removed("inner-scope")),
    Mechanism(
        "H: measuring",
        "Test images differ from training images",
        "the same curve on training images",
        _variance("running", "train", is_rest=True),
        _SWING,
    ),
    Mechanism("H: measuring", "A learning rate that stays high", "the study's schedule", _removed("study-schedule")),
    Mechanism(
        "layers",
        "The last block alone",
        "batch statistics in block 6 alone",
        _given_back(lambda one: one["one_block"][BLOCKS[-1]]),
    ),
    Mechanism("scope", "L1 on the convolutions", "L1 on them alone", _left("weights-scope")),
    Mechanism("scope", "L1 on γ", "L1 on γ alone", _left("gamma-scope")),
)
