"""What pairing by seed would bring."""

import numpy as np
import pytest
from scipy import stats

from normlab.compare import estimate, paired, pairing, pairing_sentence

FIRST = [98.0, 98.4, 97.8, 98.3, 98.1]


def test_pairing_is_the_signed_ranks_of_the_differences_of_shared_seeds() -> None:
    first = dict(enumerate(FIRST))
    second = {seed: value + 0.5 + 0.1 * seed for seed, value in first.items()} | {9: 80.0}
    found = pairing(first, second)
    assert found is not None
    one, other = [list(values.values())[:5] for values in (first, second)]
    assert found.seeds == (0, 1, 2, 3, 4)
    assert found.paired == estimate(paired([after - before for before, after in zip(one, other, strict=True)]))
    assert found.correlation == pytest.approx(stats.spearmanr(one, other).statistic)
    assert "5 shared seeds, rank correlation" in pairing_sentence(found, "points")


def test_a_failed_seed_does_not_set_the_correlation() -> None:
    one, other = [*FIRST, 10.0], [98.3, 98.0, 98.2, 98.1, 98.25, 10.0]
    found = pairing(dict(enumerate(one)), dict(enumerate(other)))
    assert found is not None
    assert stats.pearsonr(one, other).statistic > 0.99
    assert found.correlation < 0.5


def test_seeds_that_have_nothing_in_common_make_pairing_wider_on_average() -> None:
    generator = np.random.default_rng(1)
    pairs = [pairing(*(dict(enumerate(generator.normal(0, 1, 8))) for _ in range(2))) for _ in range(100)]
    widths = [[one.high - one.low for one in (pair.unpaired, pair.paired)] for pair in pairs if pair]
    unpaired, by_seed = np.mean(widths, axis=0)
    assert by_seed > unpaired


def test_too_few_shared_seeds_are_no_pair() -> None:
    assert pairing({0: 1.0, 1: 2.0}, {0: 1.0, 1: 3.0}) is None
    assert pairing({0: 1.0, 1: 1.0, 2: 1.0}, {0: 1.0, 1: 3.0, 2: 2.0}) is None, "no spread, no correlation"
