"""Estimates against scipy, closed forms and simulation."""

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from normlab.compare import contrast, holm, pairing, pairing_sentence, seeds_for_claim
from normlab.compare.estimates import Estimate, mean_interval

GENERATOR = np.random.default_rng(3)
FIRST, SECOND = GENERATOR.normal(98.0, 0.4, 5), GENERATOR.normal(98.5, 1.1, 8)


def difference() -> Estimate:
    found = contrast([FIRST, SECOND], [-1, 1])
    assert found is not None
    return found


def test_a_difference_is_welchs_t_test() -> None:
    found, scipys = difference(), stats.ttest_ind(SECOND, FIRST, equal_var=False)
    assert found.value == pytest.approx(SECOND.mean() - FIRST.mean())
    assert found.degrees == pytest.approx(scipys.df)
    assert found.p_value == pytest.approx(scipys.pvalue)
    assert found.interval() == pytest.approx(tuple(scipys.confidence_interval(0.95)))
    assert found.seeds == 5


def test_equivalence_is_the_larger_p_of_two_one_sided_tests() -> None:
    found = difference()
    above = stats.ttest_ind(SECOND + 2, FIRST, equal_var=False, alternative="greater").pvalue
    below = stats.ttest_ind(SECOND - 2, FIRST, equal_var=False, alternative="less").pvalue
    assert found.equivalence(2.0) == pytest.approx(max(above, below))


def test_equivalence_holds_where_the_90_percent_interval_lies_within_the_margin() -> None:
    found = difference()
    low, high = found.interval(0.90)
    edge = max(-low, high)
    assert found.equivalence(edge * 1.001) < 0.05 < found.equivalence(edge * 0.999)


def test_the_interval_holds_zero_where_p_is_above_5_percent() -> None:
    found = difference()
    low, high = found.interval()
    assert found.resolved == (found.p_value < 0.05) == (not low <= 0 <= high)


def test_the_interaction_is_the_regression_coefficient_of_the_product() -> None:
    four = GENERATOR.normal(90, 1, (4, 6)) + np.array([0, 1, 0.5, -1])[:, None]
    found = contrast(four, [-1, 1, 1, -1])
    assert found is not None
    a = np.repeat([1, 1, 0, 0], 6)
    x = np.repeat([0, 1, 0, 1], 6)
    design = np.column_stack([np.ones(24), a, x, a * x])
    coefficients = np.linalg.lstsq(design, four.ravel(), rcond=None)[0]
    assert found.value == pytest.approx(coefficients[3])
    assert found.error == pytest.approx(math.sqrt(sum(row.var(ddof=1) / 6 for row in four)))


def test_with_equal_spreads_and_sizes_welchs_degrees_are_students() -> None:
    found = contrast([[1, 2, 3], [5, 6, 7]], [-1, 1])
    assert found is not None
    assert found.degrees == pytest.approx(4)


@pytest.mark.parametrize("samples", [[[1.0], [2.0, 3.0]], [[], [1.0, 2.0]], [[2.0, 2.0], [3.0, 3.0]]])
def test_without_spread_there_is_no_estimate(samples: list[list[float]]) -> None:
    assert contrast(samples, [-1, 1]) is None


def test_one_arm_without_spread_leaves_the_others() -> None:
    found = contrast([[2.0, 2.0, 2.0], [3.0, 4.0, 5.0]], [-1, 1])
    assert found is not None
    low, high = stats.ttest_1samp([3, 4, 5], 0).confidence_interval(0.95)
    assert found.interval() == pytest.approx((low - 2, high - 2))


def test_the_interval_of_a_mean_is_students() -> None:
    assert mean_interval(FIRST) == pytest.approx(tuple(stats.ttest_1samp(FIRST, 0).confidence_interval(0.95)))
    assert mean_interval([1.0]) is None


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """Difference and interaction, arms of unequal spread and size, 4,000 experiments: the error of 95 % is ± 0.7."""
    generator = np.random.default_rng(0)
    spreads, sizes, means = (0.1, 0.3, 0.2, 0.1), (4, 6, 5, 4), (98.0, 98.4, 97.0, 97.1)
    covered = {"difference": 0, "interaction": 0}
    for _ in range(4000):
        arms = [generator.normal(mean, spread, size) for mean, spread, size in zip(means, spreads, sizes, strict=True)]
        for name, count, weights, truth in (
            ("difference", 2, (-1, 1), 0.4),
            ("interaction", 4, (-1, 1, 1, -1), 0.3),
        ):
            found = contrast(arms[:count], weights)
            assert found is not None
            low, high = found.interval()
            covered[name] += low <= truth <= high
    for name, count in covered.items():
        assert count / 4000 == pytest.approx(0.95, abs=0.012), name


def with_spread(sd: float, value: float) -> Estimate:
    return Estimate(value, error=sd, degrees=4, spread=2 * sd**2, seeds=3)


PROTOCOL = {
    (0.05, 0.05): 17, (0.05, 0.1): 5, (0.05, 0.2): 3,
    (0.07, 0.05): 32, (0.07, 0.1): 9, (0.07, 0.2): 3,
    (0.10, 0.05): 64, (0.10, 0.1): 17, (0.10, 0.2): 5,
}  # fmt: skip
"""Seeds an arm by standard deviation and difference: the table that the protocol was written with."""


@pytest.mark.parametrize(("case", "seeds"), PROTOCOL.items(), ids=str)
def test_seeds_needed_are_those_of_the_protocol(case: tuple[float, float], seeds: int) -> None:
    assert with_spread(*case).seeds_needed() == seeds


@pytest.mark.parametrize("effect", [0.3, 0.5, 1.0, 1.5])
def test_so_many_seeds_have_the_power_that_is_promised(effect: float) -> None:
    """By the noncentral t distribution, which is exact for equal spreads."""
    count = with_spread(1.0, effect).seeds_needed()
    assert count is not None

    def power(seeds: int) -> float:
        degrees = 2 * seeds - 2
        critical = stats.t.ppf(0.975, degrees)
        return float(stats.nct.sf(critical, degrees, effect * math.sqrt(seeds / 2)))

    assert power(count) > 0.78
    assert power(count - 3) < 0.8


def test_no_number_of_seeds_resolves_equal_means() -> None:
    assert with_spread(0.1, 0.0).seeds_needed() is None


def test_a_small_claim_needs_more_seeds() -> None:
    assert seeds_for_claim(-0.4) == 10
    assert seeds_for_claim(0.05) == 20


def closed_bonferroni(p_values: list[float]) -> list[float]:
    """Holm's procedure from its definition: the closed test with Bonferroni for every intersection."""
    places = range(len(p_values))
    families = [set(f) for size in range(1, len(p_values) + 1) for f in combinations(places, size)]
    return [min(1.0, max(len(f) * min(p_values[at] for at in f) for f in families if place in f)) for place in places]


@pytest.mark.parametrize("p_values", [[0.01, 0.04, 0.03], [0.5, 0.001, 0.2, 0.02], [0.9, 0.8], [0.03], []])
def test_holm_is_closed_testing_with_bonferroni(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(closed_bonferroni(p_values))


def test_pairing_is_students_t_on_the_differences_of_shared_seeds() -> None:
    first = dict(enumerate(FIRST))
    second = {seed: value + 0.5 + 0.1 * seed for seed, value in first.items()} | {9: 80.0}
    found = pairing(first, second)
    assert found is not None
    one, other = [list(values.values())[:5] for values in (first, second)]
    assert found.seeds == (0, 1, 2, 3, 4)
    assert found.paired.interval() == pytest.approx(tuple(stats.ttest_rel(other, one).confidence_interval(0.95)))
    assert found.correlation == pytest.approx(stats.pearsonr(one, other).statistic)
    assert found.unpaired.value == pytest.approx(found.paired.value)
    told = pairing_sentence(found, "points")
    assert "narrower" in told
    low, high = found.unpaired.interval()
    assert f"{low:+.2f} to {high:+.2f} unpaired".replace("-", "−") in told


def test_seeds_that_have_nothing_in_common_make_pairing_wider_on_average() -> None:
    generator = np.random.default_rng(1)
    pairs = [pairing(*(dict(enumerate(generator.normal(0, 1, 5))) for _ in range(2))) for _ in range(200)]
    widths = [[np.ptp(one.interval()) for one in (pair.unpaired, pair.paired)] for pair in pairs if pair]
    unpaired, paired = np.mean(widths, axis=0)
    assert paired > unpaired


def test_too_few_shared_seeds_are_no_pair() -> None:
    assert pairing({0: 1.0, 1: 2.0}, {0: 1.0, 1: 3.0}) is None
    assert pairing({0: 1.0, 1: 1.0, 2: 1.0}, {0: 1.0, 1: 3.0, 2: 2.0}) is None, "no spread, no correlation"
    three = pairing({0: 1.0, 1: 2.0, 2: 4.0}, {0: 1.5, 1: 2.0, 2: 3.0})
    assert three is not None
    assert three.interval is None, "three seeds say nothing of r"
