"""Rank tests against scipy, brute force and closed forms."""

import math
from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from normlab.compare import ranks
from normlab.compare.ranks import Stratum

GENERATOR = np.random.default_rng(3)
FIRST, SECOND = GENERATOR.normal(98.0, 0.4, 6), GENERATOR.normal(98.5, 1.1, 8)
TIED = ([97.5, 98.0, 98.0, 98.5, 10.0], [98.0, 98.5, 98.5, 99.0])


def pair(reference: object, other: object) -> list[Stratum]:
    return [Stratum(tuple(np.asarray(other).tolist()), tuple(np.asarray(reference).tolist()))]


def alone(values: object) -> list[Stratum]:
    return [Stratum(tuple(np.asarray(values).tolist()))]


def test_without_ties_the_rank_sum_is_scipys() -> None:
    theirs = stats.mannwhitneyu(SECOND, FIRST, method="exact")
    assert ranks.two_sided(pair(FIRST, SECOND)) == pytest.approx(theirs.pvalue)


def test_without_ties_the_signed_ranks_are_scipys() -> None:
    theirs = stats.wilcoxon(SECOND - 98.2, method="exact")
    assert ranks.two_sided(alone(SECOND - 98.2)) == pytest.approx(theirs.pvalue)


def test_with_ties_the_distribution_is_that_of_all_deals() -> None:
    reference, other = TIED
    whole = stats.rankdata([*other, *reference])
    seen = whole[: len(other)].sum()
    sums = [sum(deal) for deal in combinations(whole.tolist(), len(other))]
    below, above = (np.mean([deal <= seen for deal in sums]), np.mean([deal >= seen for deal in sums]))
    assert ranks.tails(pair(reference, other)) == pytest.approx((below, above))


def test_with_ties_and_zeros_the_signs_are_dealt_out() -> None:
    values = np.array([0.0, 0.5, -0.5, 0.5, 1.0, 2.0])
    whole = stats.rankdata(np.abs(values))[1:]
    seen = whole[values[1:] > 0].sum()
    sums = [np.dot(signs, whole) for signs in product([0, 1], repeat=5)]
    assert ranks.tails(alone(values))[1] == pytest.approx(np.mean([one >= seen for one in sums]))


def test_a_shift_by_a_decimal_makes_the_ties_that_it_says() -> None:
    assert ranks.tails(pair([99.2, 99.3], [99.3, 99.4]), 0.1) == ranks.tails(pair([1, 2], [1, 2]))


def test_strata_are_dealt_out_within_themselves() -> None:
    strata = [*pair([1, 2, 4], [3, 5, 6]), *pair([1.5, 2.5], [2.0, 9.0, 8.0])]
    weights = ranks.weights(strata)
    assert weights == [6, 7], "in the proportion of 1/7 to 1/6"
    every = []
    for stratum, weight in zip(strata, weights, strict=True):
        whole = stats.rankdata([*stratum.other, *(stratum.reference or ())])
        every.append([weight * sum(deal) for deal in combinations(whole.tolist(), len(stratum.other))])
    seen = 6 * (3 + 5 + 6) + 7 * (2 + 4 + 5)
    assert ranks.tails(strata)[1] == pytest.approx(np.mean([sum(one) >= seen for one in product(*every)]))


@pytest.mark.parametrize(
    ("strata", "p"),
    [
        (pair([1, 2, 3], [4, 5, 6]), 0.1),
        (pair(range(5), range(5, 10)), 2 / 252),
        (pair(range(10), range(10, 20)), 2 / math.comb(20, 10)),
        (alone([1, 2, 3]), 0.25),
        (alone([1, 2, 3, 4, 5]), 0.0625),
        (pair([1, 2, 3], [4, 5, 6]) * 3, 2 / 20**3),
    ],
    ids=["3", "5", "10", "paired 3", "paired 5", "three strata of 3"],
)
def test_the_smallest_p_is_that_of_lists_that_do_not_overlap(strata: list[Stratum], p: float) -> None:
    assert ranks.smallest(strata) == pytest.approx(p)
    assert ranks.two_sided(strata) == pytest.approx(p)


def test_the_estimate_is_hodges_and_lehmanns() -> None:
    shifts = [other - one for one in FIRST for other in SECOND]
    assert ranks.middle(pair(FIRST, SECOND)) == pytest.approx(np.median(shifts))
    walsh = [(SECOND[i] + SECOND[j]) / 2 for i in range(8) for j in range(i, 8)]
    assert ranks.middle(alone(SECOND)) == pytest.approx(np.median(walsh))


def test_the_interval_is_what_the_test_does_not_reject() -> None:
    strata = pair(FIRST, SECOND)
    low, high, level = ranks.interval(strata, 0.95)
    assert level == 0.95
    for shift, is_held in ((low + 1e-6, True), (low - 1e-6, False), (high - 1e-6, True), (high + 1e-6, False)):
        assert (ranks.two_sided(strata, shift) > 0.05) == is_held


def test_the_interval_has_the_ends_of_the_textbook() -> None:
    """Hollander and Wolfe: the 95 % interval of two lists of ten holds the 24th to the 77th of 100 differences."""
    one, other = GENERATOR.normal(size=10), GENERATOR.normal(size=10)
    ordered = np.sort(np.subtract.outer(other, one).ravel())
    assert ranks.interval(pair(one, other), 0.95)[:2] == pytest.approx((ordered[23], ordered[76]))


def test_too_few_seeds_for_95_percent_give_the_level_they_reach() -> None:
    assert ranks.interval(pair([1, 2, 3], [4, 5, 7]), 0.95) == pytest.approx((1.0, 6.0, 0.9))
    assert ranks.interval(alone([1, 2, 3]), 0.95) == pytest.approx((1.0, 3.0, 0.75))


def test_many_seeds_are_taken_as_normal() -> None:
    one, other = GENERATOR.normal(size=45).round(1), GENERATOR.normal(0.4, 1, size=45).round(1)
    theirs = stats.mannwhitneyu(other, one, method="asymptotic")
    assert ranks.two_sided(pair(one, other)) == pytest.approx(theirs.pvalue)
    assert ranks.two_sided(pair(one, one)) == pytest.approx(1.0, abs=0.01)


def test_equal_numbers_differ_by_nothing() -> None:
    strata = pair([9.8] * 3, [9.8] * 3)
    assert ranks.two_sided(strata) == 1.0
    assert ranks.interval(strata, 0.95)[:2] == (0.0, 0.0)
