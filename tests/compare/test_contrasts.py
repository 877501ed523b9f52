"""The rule by which contrasts are judged: on frozen accuracies, and on simulated seeds with and without failures."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from accuracies import BN, NO_NORM, STUDY
from scipy import stats

from normlab.compare import (
    Contrast,
    Estimate,
    Kind,
    Share,
    equivalence,
    estimate,
    interaction,
    median_interval,
    paired,
    ranks,
    share_interval,
    stratified,
    unpaired,
)
from normlab.compare.contrasts import spread


def known(contrast: Contrast) -> Estimate:
    found = estimate(contrast)
    assert found is not None
    return found


def test_one_failed_seed_hides_no_difference() -> None:
    found = known(unpaired(NO_NORM, BN))
    assert found.p_value == pytest.approx(4.33e-5, rel=1e-3)
    assert found.value == 1.625
    assert (found.low, found.high, found.level) == (1.125, 2.375, 0.95)
    assert np.median(BN) - np.median(NO_NORM) == 1.625
    assert found.spread < 1, "the failed seed does not set the spread"


def test_a_claim_about_all_norms_is_pooled_over_them() -> None:
    norms = [STUDY[norm] for norm in ("bn", "ln", "gn")]
    l1 = stratified([unpaired(bare, with_l1) for bare, with_l1, _ in norms])
    assert known(l1).p_value == pytest.approx(2 / 20**3)
    l2 = stratified([unpaired(bare, with_l2) for bare, _, with_l2 in norms])
    assert known(l2).value == pytest.approx(0.04)
    assert equivalence(l2, 0.1) == pytest.approx(0.0016, abs=1e-4)


def test_strata_are_of_one_kind() -> None:
    with pytest.raises(ValueError, match="one kind"):
        stratified([unpaired([1], [2]), paired([1])])
    with pytest.raises(ValueError, match="one kind"):
        stratified([])


def test_an_interaction_compares_the_changes_of_shared_seeds() -> None:
    a, a_x = {0: 98.0, 1: 97.0, 2: 98.5}, {0: 97.0, 1: 96.5, 2: 97.0, 9: 10.0}
    b, b_x = {0: 98.0, 1: 98.2}, {0: 98.1, 1: 98.2}
    made = interaction(a, a_x, b, b_x)
    (stratum,) = made.strata
    assert stratum.other == (-1.0, -0.5, -1.5)
    assert stratum.reference == pytest.approx((0.1, 0.0))
    assert known(made).value == pytest.approx(np.median([one - two for one in (-1, -0.5, -1.5) for two in (0.1, 0)]))


def test_two_numbers_of_one_network_are_paired() -> None:
    assert known(paired([0.2, 0.3, 0.1, 0.4, 0.2, 0.3])).p_value == 2 / 2**6
    assert known(paired([0.2, 0.3, 0.1])).smallest == 0.25


def test_an_interval_of_accuracies_never_leaves_what_is_possible() -> None:
    found = known(unpaired([99.0, 9.8, 99.1], [9.8, 99.2, 9.8]))
    assert -100 <= found.low <= found.high <= 100
    found = known(unpaired([0.0] * 4, [100.0] * 4))
    assert (found.low, found.high) == (100, 100)


def test_failures_decide_where_they_differ_more_clearly_than_the_ranks() -> None:
    stuck, alike = [10.0] * 7, [97.0, 97.2, 97.4]
    reference = [97.1, 97.3, 97.5, 97.0, 97.2, 97.1, 97.4, 97.3, 96.9, 97.2]
    found = known(unpaired(reference, stuck + alike, (Share(0, 10), Share(7, 10))))
    assert found.failures_decide
    assert found.p_value == pytest.approx(2 * 0.00309598, rel=1e-4)
    one = known(unpaired(NO_NORM, BN, (Share(1, 10), Share(0, 10))))
    assert one.shares is None, "a single failure cannot decide anything, so it takes nothing from the ranks"
    assert one.p_value == known(unpaired(NO_NORM, BN)).p_value


def test_the_interval_of_a_median_is_between_two_seeds() -> None:
    assert median_interval(NO_NORM) == pytest.approx((95.5, 97.375, 0.978515625))
    assert median_interval([3.0, 1.0, 2.0]) == (1.0, 3.0, 0.75)
    assert median_interval([1.0]) is None


def test_spread_is_the_standard_deviation_of_normal_seeds() -> None:
    assert spread(np.random.default_rng(0).normal(0, 2, 600).tolist()) == pytest.approx(2, rel=0.05)


Draw = Callable[[np.random.Generator, int], npt.NDArray[np.float64]]


def normal(generator: np.random.Generator, seeds: int) -> npt.NDArray[np.float64]:
    return generator.normal(97.5, 0.5, seeds)


def failing(generator: np.random.Generator, seeds: int) -> npt.NDArray[np.float64]:
    """One seed in ten stays near chance."""
    return np.where(generator.random(seeds) < 0.1, generator.normal(10, 0.2, seeds), normal(generator, seeds))


def in_steps(generator: np.random.Generator, seeds: int) -> npt.NDArray[np.float64]:
    """Of 800 images: many ties."""
    return np.round(normal(generator, seeds) * 8) / 8


DRAWS = {"normal": normal, "failing": failing, "ties": in_steps}
SIMULATED = 500
"""Experiments each: the standard error of 5 % is one."""


def two(draw: Draw, generator: np.random.Generator, effect: float, seeds: int) -> Contrast:
    return unpaired(draw(generator, seeds).tolist(), (draw(generator, seeds) + effect).tolist())


def four(draw: Draw, generator: np.random.Generator, effect: float, seeds: int) -> Contrast:
    a, a_x, b, b_x = (dict(enumerate(draw(generator, seeds).tolist())) for _ in range(4))
    return interaction(a, {seed: value + effect for seed, value in a_x.items()}, b, b_x)


def over_strata(draw: Draw, generator: np.random.Generator, effect: float, seeds: int) -> Contrast:
    return stratified([two(draw, generator, effect, seeds) for _ in range(3)])


def networks(draw: Draw, generator: np.random.Generator, effect: float, seeds: int) -> Contrast:
    return paired((draw(generator, seeds) - draw(generator, seeds) + effect).tolist())


DESIGNS = {"two": two, "four": four, "strata": over_strata, "paired": networks}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
@pytest.mark.parametrize(("design", "seeds"), [("two", 6), ("four", 6), ("strata", 4), ("paired", 8)])
def test_chance_alone_is_called_a_difference_in_5_percent(design: str, seeds: int, draw: Draw) -> None:
    generator = np.random.default_rng(1)
    contrasts = [DESIGNS[design](draw, generator, 0.0, seeds) for _ in range(SIMULATED)]
    assert np.mean([ranks.two_sided(one.strata) < 0.05 for one in contrasts]) < 0.07


@pytest.mark.parametrize(("design", "seeds"), [("two", 8), ("four", 12), ("strata", 4), ("paired", 12)])
@pytest.mark.parametrize("draw", [normal, failing], ids=["normal", "failing"])
def test_an_interval_covers_the_shift_and_the_test_finds_it(design: str, seeds: int, draw: Draw) -> None:
    """A shift of two standard deviations of a seed; a t test finds it with failing seeds in less than a fifth."""
    generator = np.random.default_rng(2)
    found = [known(DESIGNS[design](draw, generator, 1.0, seeds)) for _ in range(150)]
    assert np.mean([one.low <= 1 <= one.high for one in found]) > 0.91
    assert np.mean([one.p_value < 0.05 for one in found]) > 0.5
    assert np.median([one.value for one in found]) == pytest.approx(1, abs=0.15)


def test_equivalence_is_claimed_at_the_margin_in_5_percent() -> None:
    generator = np.random.default_rng(3)
    p_values = [equivalence(two(failing, generator, 1.0, 8), 1.0) for _ in range(SIMULATED)]
    assert 0.01 < np.mean([p < 0.05 for p in p_values]) < 0.07
    near = [equivalence(two(normal, generator, 0.0, 8), 1.5) for _ in range(100)]
    assert np.mean([p < 0.05 for p in near]) > 0.9


def made(value: float, kind: Kind = Kind.UNPAIRED, p_value: float = 1.0) -> Estimate:
    """An estimate of two seeds whose spread is one."""
    return Estimate(value, -9, 9, 0.95, p_value, 0.0, 1.0, 2, kind)


@pytest.mark.parametrize("kind", [Kind.UNPAIRED, Kind.PAIRED])
@pytest.mark.parametrize(("effect", "comparisons"), [(1.0, 1), (1.5, 1), (2.0, 4), (2.0, 10), (4.0, 4)])
def test_as_many_seeds_as_are_named_have_the_power(effect: float, comparisons: int, kind: Kind) -> None:
    seeds = made(effect, kind).seeds_needed(comparisons)
    assert seeds is not None
    generator = np.random.default_rng(4)
    hits = 0
    for _ in range(400):
        one, other = generator.normal(size=seeds), generator.normal(effect, 1, size=seeds)
        contrast = paired(other.tolist()) if kind is Kind.PAIRED else unpaired(one.tolist(), other.tolist())
        hits += ranks.two_sided(contrast.strata) < 0.05 / comparisons
    assert hits / 400 > 0.76, "80 %, two standard errors below"


@pytest.mark.parametrize(
    ("comparisons", "kind", "seeds"),
    [(1, Kind.UNPAIRED, 4), (4, Kind.UNPAIRED, 5), (9, Kind.UNPAIRED, 6), (1, Kind.PAIRED, 6), (4, Kind.PAIRED, 8)],
)
def test_no_fewer_seeds_are_named_than_can_pass(comparisons: int, kind: Kind, seeds: int) -> None:
    assert made(90.0, kind).seeds_needed(comparisons) == seeds
    deals = 2**seeds if kind is Kind.PAIRED else math.comb(2 * seeds, seeds)
    assert 2 / deals * comparisons < 0.05


def test_more_seeds_are_named_than_did_not_decide() -> None:
    found = known(unpaired([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]))
    assert found.seeds_needed() == 4, "three could not"
    weak = known(unpaired(range(6), [2.5, 4.5, 5.5, 6.5, 7.5, 0.5]))
    assert weak.p_value > 0.05
    assert (weak.seeds_needed() or 0) > 6


def test_a_tiny_difference_names_a_large_number_at_once() -> None:
    assert (made(1e-6).seeds_needed(4) or 0) > 1e12
    found = known(unpaired([0.3, 0.6, 0.9], [0.1 + 0.2, 0.2 + 0.4, 0.3 + 0.6]))
    assert found.value == 0, "a last digit is no difference"
    assert found.seeds_needed() is None


def test_no_number_of_seeds_shows_that_nothing_differs() -> None:
    assert made(0.0).seeds_needed() is None


def test_a_single_seed_gives_no_estimate() -> None:
    assert estimate(unpaired([1.0], [2.0, 3.0])) is None
    assert estimate(unpaired([], [2.0, 3.0])) is None


def test_the_interval_of_a_share_is_the_exact_one() -> None:
    """Of none and of all of n it has a closed form; else each end leaves 2.5 % to what was counted or worse."""
    for count in (4, 15, 20):
        reach = 1 - 0.025 ** (1 / count)
        assert share_interval(Share(0, count)) == pytest.approx((0, reach))
        assert share_interval(Share(count, count)) == pytest.approx((1 - reach, 1))
    low, high = share_interval(Share(5, 15))
    assert stats.binom.sf(4, 15, low) == pytest.approx(0.025)
    assert stats.binom.cdf(5, 15, high) == pytest.approx(0.025)
