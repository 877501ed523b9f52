"""How long the convolutions are, and how far a step turns them: the head left out, whose length always counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

from normlab import describe
from normlab.config import ModelConfig
from normlab.record import Account


@dataclass(frozen=True, slots=True)
class Movement:
    """`length` is the root of all squared weights of these convolutions at an epoch's end; `turn` the degrees that a
    step turns one of them by, mean over the epoch's steps and over them."""

    length: float
    turn: float


def movement(model: ModelConfig, ledger: Sequence[Account]) -> Movement:
    """Of an epoch's ledger."""
    names = {f"{name}.weight" for name in describe.inner_convolutions(model)}
    inner = [account for account in ledger if account.parameter in names]
    return Movement(together([account.norm for account in inner]), fmean(account.turn for account in inner))


def together(lengths: Sequence[float]) -> float:
    """The length of parts as one vector."""
    return sqrt(sum(length**2 for length in lengths))
