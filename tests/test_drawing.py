"""A drawing becomes an image as the data sets' own images were made."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from normlab import drawing, images
from normlab.choices import Dataset


def stroke(*points: tuple[float, float], width: int = 11) -> drawing.Canvas:
    picture = Image.new("L", (drawing.SIZE, drawing.SIZE))
    ImageDraw.Draw(picture).line(points, fill=255, width=width, joint="curve")
    return np.asarray(picture, np.uint8)


SEVEN = stroke((30, 30), (80, 30), (50, 95))


@pytest.mark.parametrize("dataset", Dataset)
def test_an_image_on_the_canvas_is_given_back_exactly(dataset: Dataset) -> None:
    for image in images.load(Dataset.DIGITS).test.images[:20]:
        assert np.array_equal(drawing.as_image(drawing.enlarged(image), dataset, centered=False), image)


@pytest.mark.parametrize("centered", [True, False])
@pytest.mark.parametrize("dataset", Dataset)
def test_an_empty_canvas_is_an_empty_image(dataset: Dataset, centered: bool) -> None:
    assert not drawing.as_image(drawing.empty(), dataset, centered=centered).any()


@pytest.mark.parametrize("dataset", Dataset)
def test_centered_it_does_not_matter_where_and_how_large_one_draws(dataset: Dataset) -> None:
    there = drawing.as_image(drawing.moved(SEVEN, 5, -3), dataset, centered=True)
    assert np.array_equal(there, drawing.as_image(SEVEN, dataset, centered=True))
    half = np.zeros_like(SEVEN)
    half[:56, 20:76] = SEVEN.reshape(56, 2, 56, 2).mean(axis=(1, 3))
    small = drawing.as_image(half, dataset, centered=True)
    assert np.abs(small.astype(float) - there).mean() < 20
    off = drawing.as_image(drawing.moved(SEVEN, 5, -3), dataset, centered=False)
    assert not np.array_equal(off, there)


def test_mnist_has_twenty_pixels_around_the_center_of_mass() -> None:
    image = drawing.as_image(SEVEN, Dataset.MNIST, centered=True).astype(float)
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    mass = image.sum()
    assert (image.sum(axis=1) * np.arange(28)).sum() / mass == pytest.approx(14, abs=0.5)
    assert (image.sum(axis=0) * np.arange(28)).sum() / mass == pytest.approx(14, abs=0.5)


def test_digits_fill_the_height_with_blocks_of_seventeen_levels() -> None:
    image = drawing.as_image(SEVEN, Dataset.DIGITS, centered=True)
    cells = image[2:-2, 2:-2].reshape(8, 3, 8, 3)
    assert np.array_equal(cells.max(axis=(1, 3)), cells.min(axis=(1, 3)))
    assert set(cells.ravel()) <= set(np.rint(np.arange(17) * 255 / 16))
    assert cells.any(axis=(1, 2, 3)).all()
    assert not np.delete(image, slice(2, 26), axis=0).any()


def test_fashion_reaches_from_edge_to_edge() -> None:
    image = drawing.as_image(SEVEN, Dataset.FASHION_MNIST, centered=True)
    assert image.any(axis=1).all()


def test_centering_leaves_the_digits_of_the_data_set_nearly_as_they_are() -> None:
    test = images.load(Dataset.DIGITS).test.images[:200]
    again = [drawing.as_image(drawing.enlarged(image), Dataset.DIGITS, centered=True) for image in test]
    changed = np.abs(np.stack(again).astype(float) - test).mean(axis=(1, 2))
    assert np.median(changed) < 12
    assert (changed == 0).mean() > 0.2


@pytest.mark.data
def test_centering_leaves_most_digits_of_mnist_as_they_are() -> None:
    test = images.load(Dataset.MNIST).test.images[:200]
    again = [drawing.as_image(drawing.enlarged(image), Dataset.MNIST, centered=True) for image in test]
    same = [int(np.abs(one.astype(int) - other).max()) <= 1 for one, other in zip(again, test, strict=True)]
    assert np.mean(same) > 0.7


def test_moves_are_whole_pixels_and_turns_keep_the_ink() -> None:
    assert np.array_equal(drawing.moved(drawing.moved(SEVEN, 2, 1), -2, -1), SEVEN)
    assert drawing.moved(SEVEN, 28, 0).sum() == 0
    turned = drawing.turned(SEVEN, 10)
    assert turned.sum() == pytest.approx(SEVEN.sum(), rel=0.02)
    assert np.abs(drawing.turned(turned, -10).astype(float) - SEVEN).mean() < 6
    top = stroke((56, 4), (56, 24))
    assert drawing.turned(top, 90)[:, 60:].sum() == pytest.approx(top.sum(), rel=0.02), "clockwise"


def test_a_speck_is_a_drawing() -> None:
    dot = drawing.empty()
    dot[3, 100] = 255
    for dataset in Dataset:
        assert drawing.as_image(dot, dataset, centered=True).max() == 255
