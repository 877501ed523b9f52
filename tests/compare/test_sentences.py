"""What is said of a contrast follows from its numbers."""

import pytest

from normlab.compare import McNemar, difference_sentence, exploratory, findings, mcnemar_sentence, told

LOW, HIGH = [97.0, 97.1, 97.2], [98.0, 98.1, 98.2]
NOISY = [96.0, 98.0, 99.5]
PAIR = (-1.0, 1.0)


def test_a_clear_difference_is_named_with_its_direction() -> None:
    up, down = findings([((LOW, HIGH), PAIR), ((HIGH, LOW), PAIR)], "points")
    assert (up.verdict, down.verdict) == ("higher", "lower")
    sentence = difference_sentence(up, "GN", "BN")
    assert sentence.startswith("GN against BN: +1.00 points, 95 % interval +0.77 to +1.23: **higher**, p < 0.001")
    assert "after Holm for 2 contrasts" in sentence
    assert "−1.00 points" in difference_sentence(down, "GN", "BN")


def test_where_the_interval_holds_zero_it_says_not_resolved_and_how_many_seeds_would_do() -> None:
    (found,) = findings([((LOW, NOISY), PAIR)], "points")
    assert found.estimate is not None
    needed = found.estimate.seeds_needed()
    assert found.verdict == "not resolved"
    sentence = difference_sentence(found, "GN", "BN")
    assert "**not resolved**: the interval holds zero" in sentence
    assert f"about {needed} seeds an arm" in sentence
    assert "power 80 %" in sentence


def test_a_difference_that_fails_only_after_holm_is_not_resolved_and_says_why() -> None:
    weak = ([97.0, 97.4, 97.8, 97.2], [97.8, 98.2, 98.6, 97.7])
    alone = findings([(weak, PAIR)], "points")[0]
    among = findings([(weak, PAIR), *[((LOW, NOISY), PAIR)] * 3], "points")[0]
    assert alone.verdict == "higher"
    assert among.verdict == "not resolved"
    assert "alone it leaves out zero, but after Holm for 4 contrasts p = " in told(among)


def test_equivalence_is_only_said_where_both_one_sided_tests_allow_it() -> None:
    same = ([98.0, 98.02, 98.04], [98.01, 98.02, 98.03])
    assert findings([(same, PAIR)], "points")[0].verdict == "not resolved", "without a margin nothing is equivalent"
    (found,) = findings([(same, PAIR)], "points", 0.1)
    assert found.verdict == "equivalent within ±0.1 points"
    assert findings([((LOW, NOISY), PAIR)], "points", 0.1)[0].verdict == "not resolved"


def test_a_resolved_difference_within_the_margin_is_told_as_both() -> None:
    (found,) = findings([((LOW, HIGH), PAIR)], "points", 2.0)
    assert "equivalent within ±2 points** (two one-sided tests), though the interval leaves out zero" in told(found)


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (([98.0], HIGH), "one seed only"),
        (([], HIGH), "no finished run"),
        (([98.0, 98.0], [97.0, 97.0]), "same value"),
    ],
)
def test_without_an_interval_the_reason_is_told(samples: tuple[list[float], list[float]], reason: str) -> None:
    found, other = findings([(samples, PAIR), ((LOW, HIGH), PAIR)], "points")
    assert found.verdict == "no interval"
    assert reason in told(found)
    assert other.family is not None
    assert other.family.size == 1, "what has no p counts for nobody's Holm"
    assert "+1.00" in told(other)


def test_of_single_runs_the_difference_is_still_told() -> None:
    (found,) = findings([(([98.0], [98.5]), PAIR)], "points")
    assert told(found).startswith("+0.50 points, no interval")


def test_an_interaction_has_no_direction_but_a_sign() -> None:
    (found,) = findings([((LOW, HIGH, HIGH, LOW), (-1.0, 1.0, 1.0, -1.0))], "points")
    assert found.verdict == "resolved, above zero"


def test_few_seeds_are_exploratory() -> None:
    few = findings([((LOW, HIGH), PAIR)], "points")[0].estimate
    many = findings([((LOW * 4, HIGH * 4), PAIR)], "points")[0].estimate
    assert few is not None
    assert many is not None
    assert exploratory(few, "points")
    assert not exploratory(many, "points")


def test_mcnemar_says_what_it_does_not_say() -> None:
    sentence = mcnemar_sentence(McNemar(12, 3, 0.035), "BN (seed 0)", "GN (seed 1)")
    assert "On 15 images" in sentence
    assert "p = 0.035" in sentence
    assert "it does not say that the settings are better" in sentence
    assert "no more lopsided than chance" in mcnemar_sentence(McNemar(6, 5, 1.0), "BN", "GN")
    assert "nothing to count" in mcnemar_sentence(McNemar(0, 0, 1.0), "BN", "GN")
