"""Who shares a batch."""

import numpy as np
import pytest

from normlab.choices import Dataset
from normlab.config import ConfigError
from normlab.stresses import Stress, sample
from normlab.stresses.batches import batches, passes

LABELS = sample(Dataset.DIGITS).labels


@pytest.mark.parametrize("composition", ["mixed", "sorted", "one-class"])
@pytest.mark.parametrize("size", [1, 7, 32, 256])
def test_every_image_is_in_one_batch_and_batches_are_even(composition: str, size: int) -> None:
    found = batches(Stress(composition=composition, test_batch=size), LABELS)
    assert sorted(np.concatenate(found)) == list(range(len(LABELS)))
    sizes = [len(batch) for batch in found]
    assert max(sizes) <= size
    if composition != "one-class":
        assert max(sizes) - min(sizes) <= 1


def test_compositions_are_what_they_are_called() -> None:
    mixed, tidy, single = (
        [LABELS[batch] for batch in batches(Stress(composition=name, test_batch=30), LABELS)]
        for name in ("mixed", "sorted", "one-class")
    )
    assert np.mean([len({*labels}) for labels in mixed]) > 8
    assert (np.diff(np.concatenate(tidy).astype(int)) >= 0).all()
    assert any(len({*labels}) > 1 for labels in tidy)
    assert all(len({*labels}) == 1 for labels in single)


def test_a_draw_is_fixed_and_another_is_another() -> None:
    first, again, other = (np.concatenate(batches(Stress(draw=draw), LABELS)) for draw in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert np.concatenate(batches(Stress(), LABELS))[:5].tolist() == FIRST


FIRST = [757, 540, 742, 99, 524]
"""Of the draw 0, on every machine and with every version of numpy."""


@pytest.mark.parametrize("neighbors", ["own", "mixed", "3"])
def test_a_single_image_is_among_the_neighbors_that_are_named(neighbors: str) -> None:
    image = 17
    (batch,) = batches(Stress(composition="among", image=image, neighbors=neighbors, test_batch=32), LABELS)
    assert batch[0] == image
    assert len({*batch}) == 32
    others = {*LABELS[batch[1:]].tolist()}
    if neighbors == "mixed":
        assert len(others) > 5
    else:
        assert others == {int(LABELS[image]) if neighbors == "own" else int(neighbors)}


def test_more_neighbors_than_there_are_is_one_sentence() -> None:
    own = int(np.bincount(LABELS)[LABELS[0]])
    message = f"test_batch=200 needs 199 neighbors, and there are {own - 1} such images: use at most {own}."
    with pytest.raises(ConfigError, match=f"^{message}$"):
        batches(Stress(composition="among", test_batch=200), LABELS)
    assert len(batches(Stress(composition="among", test_batch=own), LABELS)[0]) == own


@pytest.mark.parametrize("composition", ["mixed", "one-class", "among"])
@pytest.mark.parametrize("size", [1, 6, 32, 100])
def test_batches_pass_whole_and_side_by_side_only_where_they_are_of_equal_size(composition: str, size: int) -> None:
    if composition == "among" and size > 70:
        pytest.skip("there are not so many of a class")
    stress = Stress(composition=composition, test_batch=size, statistics="batch")
    shared = batches(stress, LABELS)
    passed = [part for images, count in passes(stress, shared, 32) for part in np.split(images, count)]
    assert sorted(map(tuple, passed)) == sorted(map(tuple, shared))


def test_where_batches_mean_nothing_images_pass_in_their_order() -> None:
    stress = Stress(test_batch=7)
    found = list(passes(stress, batches(stress, LABELS), 32))
    assert np.concatenate([images for images, _ in found]).tolist() == list(range(len(LABELS)))
    assert {count for _, count in found} == {0}
