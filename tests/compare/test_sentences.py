"""What is said of a contrast follows from its numbers."""

import pytest
from accuracies import BN, NO_NORM

from normlab.compare import (
    McNemar,
    Share,
    change_sentence,
    difference_sentence,
    findings,
    found_text,
    mcnemar_sentence,
    summary,
    unpaired,
)

LOW, HIGH = [97.0, 97.1, 97.2, 97.05, 97.15], [98.0, 98.1, 98.2, 98.05, 98.15]
NOISY = [96.0, 98.0, 99.5, 97.6, 96.4]


def test_failures_come_first_then_size_and_verdict() -> None:
    (found,) = findings([unpaired(NO_NORM, BN, (Share(1, 10), Share(0, 10)))], "points")
    assert difference_sentence(found, "BN", "no norm") == (
        "BN against no norm: 0 of 10 seeds failed, against 1 of 10. "
        "+1.62 points (+1.12 to +2.38): **higher**, p < 0.001."
    )


def test_the_correction_is_named_where_there_are_several() -> None:
    first, _ = findings([unpaired(LOW, HIGH), unpaired(HIGH, LOW)], "points")
    assert found_text(first).endswith("**higher**, p = 0.016 corrected for 2 comparisons.")


def test_doubt_is_said_in_words_of_the_seeds_with_how_many_would_do() -> None:
    (found,) = findings([unpaired(LOW, NOISY)], "points")
    text = found_text(found)
    assert "**seeds differ by more**" in text
    assert f"takes about {found.seeds_needed} seeds per setting to show" in text


def test_three_seeds_name_the_level_that_they_reach() -> None:
    (found,) = findings([unpaired(LOW[:3], HIGH[:3])], "points")
    assert "(+0.80 to +1.20, a 90 % interval): **too few seeds to decide**" in found_text(found)
    assert "takes about 4 seeds" in found_text(found)


def test_equivalence_names_its_margin() -> None:
    same = [98 + 0.01 * seed for seed in range(8)]
    (found,) = findings([unpaired(same, same)], "points", 0.1)
    assert "**no difference that matters** (within ±0.1 points)" in found_text(found)


@pytest.mark.parametrize(("reference", "text"), [([98.0], "One seed shows no spread."), ([], "not measured")])
def test_without_an_interval_the_reason_is_told(reference: list[float], text: str) -> None:
    (found,) = findings([unpaired(reference, [98.5])], "points")
    assert text in found_text(found)


def test_mcnemar_says_what_it_does_not_say() -> None:
    sentence = mcnemar_sentence(McNemar(12, 3, 0.035), "BN (seed 0)", "GN (seed 1)")
    assert "On 15 images" in sentence
    assert "p = 0.035" in sentence
    assert "it does not say that the settings are better" in sentence
    assert "no more lopsided than chance" in mcnemar_sentence(McNemar(6, 5, 1.0), "BN", "GN")
    assert "nothing to count" in mcnemar_sentence(McNemar(0, 0, 1.0), "BN", "GN")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (0.0, "BN by less than 0.01 points and"),
        (-0.004, "BN by less than 0.01 points and"),
        (0.12, "BN by +0.12 points"),
    ],
)
def test_a_change_that_rounds_to_zero_is_said_in_words(change: float, text: str) -> None:
    (found,) = findings([unpaired(LOW, NOISY)], "points")
    told = change_sentence("L1", ("BN", "GN"), (change, -0.25), found)
    assert text in told
    assert "GN by −0.25 points" in told
    assert "+0.00" not in told


def test_a_difference_below_the_last_digit_is_called_less_than_it() -> None:
    tiny = [value + 0.004 for value in [98.0] * 8]
    (found,) = findings([unpaired([98.0] * 8, tiny)], "points")
    assert summary("BN", [("GN", found)]) == "GN is less than 0.01 points higher than BN."
    assert "0.00 points (+0.004 to +0.004)" in found_text(found), "an end shows on which side of zero it lies"
