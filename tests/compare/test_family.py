"""Verdicts of contrasts that are judged together, and which seeds failed."""

import math
from itertools import combinations

import pytest
from accuracies import BN, NO_NORM, NO_NORM_L1_L2, STUDY
from scipy import stats

from normlab.compare import Contrast, Share, Verdict, failed, findings, holm, interaction, paired, threshold, unpaired
from normlab.compare.failures import compare_shares

LOW, HIGH = [97.0, 97.1, 97.2, 97.05, 97.15], [98.0, 98.1, 98.2, 98.05, 98.15]
NOISY = [96.0, 98.0, 99.5, 97.6, 96.4]


def verdicts(*contrasts: Contrast, margin: float | None = None) -> list[Verdict]:
    return [one.verdict for one in findings(contrasts, "points", margin)]


def test_batchnorm_is_higher_though_a_seed_of_the_other_failed() -> None:
    (found,) = findings([unpaired(NO_NORM, BN, (Share(1, 10), Share(0, 10)))], "points", 0.1)
    assert found.verdict is Verdict.HIGHER
    assert found.family is not None
    assert found.family.holm < 0.001
    assert found.value == 1.625


def test_a_seed_failed_that_came_less_than_halfway_to_the_best() -> None:
    below = threshold([*NO_NORM, *NO_NORM_L1_L2, *BN])
    assert below == pytest.approx(54.4, abs=0.1)
    assert failed(NO_NORM, below).text == "1 of 10"
    assert failed(NO_NORM_L1_L2, below).text == "1 of 10", "44 % among seeds at 97 %"
    assert failed(BN, below, diverged=2) == Share(2, 12)


def test_most_seeds_may_fail_and_all_that_guess_do() -> None:
    assert failed([10.1, 9.8, 97.0], threshold([10.1, 9.8, 97.0])).text == "2 of 3"
    assert threshold([9.8, 9.8]) == 20, "nobody learned: twice a guess is asked for"
    assert threshold([]) == 20


@pytest.mark.parametrize(("reference", "other"), [((0, 10), (6, 10)), ((1, 10), (0, 10)), ((3, 3), (0, 3))])
def test_shares_are_compared_by_fishers_exact_test(reference: tuple[int, int], other: tuple[int, int]) -> None:
    one, two = Share(*reference), Share(*other)
    theirs = stats.fisher_exact([[one.count, one.of - one.count], [two.count, two.of - two.count]])
    assert compare_shares([(one, two)]).p_value == pytest.approx(theirs.pvalue)


def test_shares_of_several_strata_are_those_of_all_ways_to_deal_the_failures_within_each() -> None:
    strata = [(Share(0, 4), Share(3, 4)), (Share(1, 3), Share(2, 3))]
    ways = [
        math.comb(4, first) * math.comb(4, 3 - first) * math.comb(3, second) * math.comb(3, 3 - second)
        for first in range(4)
        for second in range(4)
        if first + second == 5
    ]
    total = math.comb(8, 3) * math.comb(6, 3)
    more = math.comb(4, 3) * math.comb(3, 3)
    assert compare_shares(strata).p_value == pytest.approx(2 * (sum(ways) + more) / total)
    assert compare_shares(strata[:1] * 2).p_value < compare_shares(strata[:1]).p_value


def test_the_smallest_p_of_shares_is_that_of_failures_in_one_setting_alone() -> None:
    alone = stats.fisher_exact([[0, 10], [6, 4]])
    assert compare_shares([(Share(3, 10), Share(3, 10))]).smallest == pytest.approx(alone.pvalue)
    assert compare_shares([(Share(0, 3), Share(0, 3))]).smallest == 1


def test_a_setting_that_fails_more_often_is_called_so() -> None:
    stuck = [*[10.0] * 7, 97.25, 97.35, 97.6]
    reference = [97.1, 97.3, 97.5, 97.0, 97.2, 97.1, 97.4, 97.3, 96.9, 97.2]
    assert verdicts(unpaired(reference, stuck, (Share(0, 10), Share(7, 10)))) == [Verdict.FAILS_MORE]
    assert verdicts(unpaired(stuck, reference, (Share(7, 10), Share(0, 10)))) == [Verdict.FAILS_LESS]


@pytest.mark.parametrize("penalty", [1, 2])
@pytest.mark.parametrize("norm", STUDY)
def test_three_seeds_a_side_decide_nothing_and_say_so(norm: str, penalty: int) -> None:
    (found,) = findings([unpaired(STUDY[norm][0], STUDY[norm][penalty])], "points", 0.1)
    assert found.verdict is Verdict.TOO_FEW
    assert (found.seeds_needed or 0) > 3, "three would not do what three did not"


def test_five_seeds_decide_alone_but_not_among_nine() -> None:
    assert verdicts(unpaired(LOW, HIGH)) == [Verdict.HIGHER]
    among = findings([unpaired(LOW, HIGH)] * 9, "points")
    assert {one.verdict for one in among} == {Verdict.TOO_FEW}
    assert {one.seeds_needed for one in among} == {6}, "9 * 2 / C(12, 6) is below 5 %"
    assert verdicts(*[unpaired(LOW, HIGH)] * 6) == [Verdict.HIGHER] * 6


def test_what_its_seeds_cannot_decide_does_not_count_for_the_others() -> None:
    few = unpaired([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    found = findings([unpaired(LOW, HIGH), few, few, unpaired([1.0], [2.0]), paired([1.0] * 5)], "points")
    assert found[0].family is not None
    assert found[0].family.size == 1
    assert [one.verdict for one in found[1:]] == [Verdict.TOO_FEW] * 4
    assert all(one.family is None for one in found[1:])


def test_where_seeds_differ_by_more_nothing_is_shown() -> None:
    (found,) = findings([unpaired(LOW, NOISY)], "points")
    assert found.verdict is Verdict.OPEN
    assert not found.is_decided
    assert (found.seeds_needed or 0) > 5


def test_no_difference_that_matters_is_said_only_where_both_tests_allow_it() -> None:
    one, other = ([98 + 0.01 * seed for seed in range(8)], [98.005 + 0.01 * seed for seed in range(8)])
    assert verdicts(unpaired(one, other)) == [Verdict.OPEN], "without a margin nothing is equivalent"
    assert verdicts(unpaired(one, other), margin=0.1) == [Verdict.EQUIVALENT]
    assert verdicts(unpaired(LOW, NOISY), margin=0.1) == [Verdict.OPEN]


def test_exploratory_depends_on_effect_and_spread() -> None:
    clear, _ = findings([unpaired(STUDY["none"][0], STUDY["none"][1]), unpaired(LOW, HIGH)], "points")
    assert clear.value == pytest.approx(-89.49)
    assert not clear.is_exploratory, "89 points with a spread of 0.03 are clear after three seeds"
    (noisy,) = findings([unpaired(LOW, NOISY)], "points")
    assert noisy.is_exploratory


def test_an_arm_without_a_run_is_not_measured() -> None:
    (found,) = findings([unpaired([], [98.0])], "points")
    assert (found.verdict, found.value) == (Verdict.MISSING, None)
    (single,) = findings([unpaired([98.0], [98.5])], "points")
    assert (single.verdict, single.value, single.estimate) == (Verdict.TOO_FEW, 0.5, None)


def test_an_interaction_is_judged_as_two_settings_are() -> None:
    a, a_x, b, b_x = (dict(enumerate(values)) for values in (LOW, HIGH, LOW, LOW))
    assert verdicts(interaction(a, a_x, b, b_x)) == [Verdict.HIGHER]


def closed_bonferroni(p_values: list[float]) -> list[float]:
    """Holm's procedure from its definition: the closed test with Bonferroni for every intersection."""
    places = range(len(p_values))
    families = [set(f) for size in range(1, len(p_values) + 1) for f in combinations(places, size)]
    return [min(1.0, max(len(f) * min(p_values[at] for at in f) for f in families if place in f)) for place in places]


@pytest.mark.parametrize("p_values", [[0.01, 0.04, 0.03], [0.5, 0.001, 0.2, 0.02], [0.9, 0.8], [0.03], []])
def test_holm_is_closed_testing_with_bonferroni(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(closed_bonferroni(p_values))
