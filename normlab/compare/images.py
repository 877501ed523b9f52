"""Which test images arms get right: fixed, broken, missed by all, and McNemar's test for two networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import numpy.typing as npt
from scipy import stats

Labels = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """An arm's networks on every test image, arrays of shape (N,).

    `right` networks of `networks` name the true class. `wrong` is the wrong class that most of the others name (the
    smallest of equals; the true class where all are right), `agree` how many name it.
    """

    networks: int
    right: Indices
    wrong: Indices
    agree: Indices

    @property
    def is_right(self) -> Flags:
        """By majority; a tie is neither right nor wrong."""
        return 2 * self.right > self.networks

    @property
    def is_wrong(self) -> Flags:
        return 2 * self.right < self.networks


def votes(predicted: npt.NDArray[np.uint8], labels: Labels, classes: int = 10) -> Votes:
    """Count an arm's predictions, shape (networks, N)."""
    networks, images = predicted.shape
    counts = np.zeros((images, classes), dtype=np.int64)
    for network in predicted:
        counts[np.arange(images), network] += 1
    right = counts[np.arange(images), labels]
    others = counts.copy()
    others[np.arange(images), labels] = 0
    agree = others.max(axis=1)
    wrong = np.where(agree > 0, others.argmax(axis=1), labels.astype(np.int64))
    return Votes(networks, right, wrong, agree)


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Places in the test set: `fixed` are wrong in the reference and right in the other arm, `broken` the reverse.

    `undecided` counts images on which one of the arms is split into equal halves.
    """

    fixed: Indices
    broken: Indices
    undecided: int


def changes(reference: Votes, other: Votes) -> Changes:
    """By majority of seeds; those that most networks are sure about come first."""
    split = ~(reference.is_right | reference.is_wrong) | ~(other.is_right | other.is_wrong)
    margin = np.abs(reference.right * other.networks - other.right * reference.networks)
    return Changes(
        fixed=_ordered(reference.is_wrong & other.is_right, margin),
        broken=_ordered(reference.is_right & other.is_wrong, margin),
        undecided=int(split.sum()),
    )


def missed_by_all(arms: Sequence[Votes]) -> Indices:
    """Images that every arm gets wrong, those that the fewest networks get right first."""
    missed = np.all([arm.is_wrong for arm in arms], axis=0)
    return _ordered(missed, -np.sum([arm.right for arm in arms], axis=0))


def _ordered(chosen: Flags, weight: Indices) -> Indices:
    places = np.flatnonzero(chosen)
    return places[np.argsort(-weight[places], kind="stable")]


def disagreement(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8] | None, labels: Labels) -> float | None:
    """Images that one network gets right and another wrong, mean over pairs of networks; predictions (networks, N).

    Pairs are one of each arm, or without `second` any two of the first; None if there is no such pair.
    """
    right = first == labels
    pairs = combinations(right, 2) if second is None else product(right, second == labels)
    counts = [int((one != other).sum()) for one, other in pairs]
    return float(np.mean(counts)) if counts else None


@dataclass(frozen=True, slots=True)
class McNemar:
    """Two networks on the same images: how many only the first, and only the second, gets right, and the exact p."""

    only_first: int
    only_second: int
    p_value: float


def mcnemar(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8], labels: Labels) -> McNemar:
    """McNemar's exact test on two networks' predictions, shape (N,): a sign test on the images where they differ."""
    right, other = first == labels, second == labels
    only_first, only_second = int((right & ~other).sum()), int((other & ~right).sum())
    total = only_first + only_second
    p_value = float(stats.binomtest(only_first, total).pvalue) if total else 1.0
    return McNemar(only_first, only_second, p_value)
