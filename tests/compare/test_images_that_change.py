"""Fixed, broken, missed by all, and McNemar's test."""

import numpy as np
import pytest
from scipy import stats

from normlab.compare import changes, disagreement, mcnemar, missed_by_all, votes

LABELS = np.array([0, 1, 2, 3, 4], np.uint8)


def predictions(*networks: list[int]) -> np.ndarray:  # type: ignore[type-arg]
    return np.array(networks, np.uint8)


def test_votes_count_the_right_networks_and_the_commonest_mistake() -> None:
    found = votes(predictions([0, 7, 2, 3, 9], [0, 7, 5, 8, 9], [0, 1, 5, 6, 9]), LABELS)
    assert list(found.right) == [3, 1, 1, 1, 0]
    assert list(found.wrong) == [0, 7, 5, 6, 9]
    assert list(found.agree) == [0, 2, 2, 1, 3]
    assert list(found.is_right) == [True, False, False, False, False]


def test_fixed_and_broken_are_by_majority_and_a_tie_is_neither() -> None:
    reference = votes(predictions([9, 1, 2, 9, 4], [9, 1, 9, 9, 4]), LABELS)
    other = votes(predictions([0, 9, 2, 3, 4], [0, 9, 2, 9, 4]), LABELS)
    found = changes(reference, other)
    assert list(found.fixed) == [0]
    assert list(found.broken) == [1]
    assert found.undecided == 2, "the reference is split on image 2, the other arm on image 3"


def test_the_clearest_changes_come_first() -> None:
    reference = votes(predictions([9] * 5, [9] * 5, [9, 1, 9, 9, 9]), LABELS)
    other = votes(predictions([0, 1, 2, 3, 9], [0, 1, 9, 3, 9], [9, 1, 2, 3, 9]), LABELS)
    found = list(changes(reference, other).fixed)
    assert found == [3, 0, 1, 2], "by how many networks more are right, then by place"


def test_what_is_fixed_one_way_is_broken_the_other_way() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 10, 300).astype(np.uint8)
    one, two = (votes(generator.integers(0, 3, (3, 300)).astype(np.uint8), labels) for _ in range(2))
    there, back = changes(one, two), changes(two, one)
    assert set(there.fixed) == set(back.broken)
    assert set(there.broken) == set(back.fixed)


def test_missed_by_all_are_wrong_in_every_arm() -> None:
    arms = [votes(predictions([9, 9, 2, 3, 9]), LABELS), votes(predictions([9, 1, 9, 3, 9]), LABELS)]
    assert list(missed_by_all(arms)) == [0, 4]


def test_disagreement_is_the_mean_over_pairs_of_networks() -> None:
    one, two = predictions([0, 1, 2, 3, 9], [0, 1, 2, 9, 9]), predictions([9, 1, 2, 3, 4])
    assert disagreement(one, two, LABELS) == pytest.approx((2 + 3) / 2)
    assert disagreement(one, None, LABELS) == 1
    assert disagreement(two, None, LABELS) is None


def test_two_wrong_answers_are_no_disagreement() -> None:
    assert disagreement(predictions([9, 1, 2, 3, 4]), predictions([8, 1, 2, 3, 4]), LABELS) == 0


def test_mcnemar_is_a_sign_test_on_the_images_where_two_networks_differ() -> None:
    labels = np.zeros(40, np.uint8)
    first, second = np.zeros(40, np.uint8), np.zeros(40, np.uint8)
    first[:3], second[3:15], first[20:25], second[20:25] = 1, 1, 1, 2
    found = mcnemar(first, second, labels)
    assert (found.only_first, found.only_second) == (12, 3)
    assert found.p_value == pytest.approx(2 * stats.binom.cdf(3, 15, 0.5))


def test_mcnemar_of_equal_networks_has_nothing_to_say() -> None:
    assert mcnemar(LABELS, LABELS, LABELS).p_value == 1.0
