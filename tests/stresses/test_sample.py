"""The images that a stress is measured with."""

import numpy as np
import pytest

from normlab import images
from normlab.choices import Dataset
from normlab.config import DataConfig
from normlab.stresses import sample
from normlab.stresses.sample import TRAINING, population


def test_of_digits_it_is_the_whole_test_set() -> None:
    found = sample(Dataset.DIGITS)
    assert found.title == "all 800 test images"
    assert found.places.tolist() == list(range(800))
    np.testing.assert_array_equal(found.labels, images.load(Dataset.DIGITS).test.labels)


@pytest.mark.data
@pytest.mark.parametrize("dataset", [Dataset.MNIST, Dataset.FASHION_MNIST])
def test_of_larger_data_sets_it_is_always_the_same_part_and_says_so(dataset: Dataset) -> None:
    found, test = sample(dataset), images.load(dataset).test
    assert found.title == "a fixed sample of 800 of the 10,000 test images, each class in its share"
    assert len({*found.places.tolist()}) == len(found) == 800
    np.testing.assert_array_equal(found.labels, test.labels[found.places])
    shares = np.bincount(found.labels) / 800 - np.bincount(test.labels) / 10_000
    assert np.abs(shares).max() < 1.5 / 800


def test_statistics_are_measured_again_with_what_the_run_learned_from() -> None:
    assert len(population(DataConfig())) == 797
    assert len(population(DataConfig(train_size=100))) == 100


@pytest.mark.data
def test_and_with_a_part_where_that_is_much() -> None:
    assert len(population(DataConfig(dataset=Dataset.MNIST))) == TRAINING
