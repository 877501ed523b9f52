"""Tensors for training: splits, normalized batches, the study's augmentation."""

import math

import numpy as np
import pytest
import torch

from normlab import images
from normlab.choices import Dataset
from normlab.config import DataConfig
from normlab.training import threads
from normlab.training.data import CLEAN_IMAGES, Split, erase, load_splits, rectangles, rotate


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def gray(count: int) -> Split:
    """Images of one gray that normalization maps to 1."""
    return Split(torch.full((count, 1, 28, 28), 255, dtype=torch.uint8), torch.zeros(count).long(), (0.5, 0.5))


def test_splits_hold_the_images_of_the_data_set() -> None:
    splits, source = load_splits(DataConfig(label_noise=0.2)), images.load(Dataset.DIGITS)
    assert splits.validation is not None
    assert [len(part) for part in (splits.train, splits.validation, splits.test, splits.clean)] == [797, 200, 800, 797]
    assert (splits.test.images.dtype, splits.test.labels.dtype) == (torch.uint8, torch.int64)
    assert np.array_equal(splits.test.images[:, 0].numpy(), source.test.images)
    assert np.array_equal(splits.test.labels.numpy(), source.test.labels)
    wanted = images.training_subset(source, DataConfig(label_noise=0.2))
    assert np.array_equal(splits.train.labels.numpy(), wanted.labels)
    assert torch.equal(splits.clean.labels, splits.train.labels)


def test_splits_have_no_validation_part_where_none_is_held_out() -> None:
    splits = load_splits(DataConfig(validation=False, train_size=120))
    assert splits.validation is None
    assert len(splits.train) == 120


def test_clean_images_are_at_most_five_thousand_of_the_training_images() -> None:
    split = Split(torch.zeros(CLEAN_IMAGES + 1, 1, 1, 1, dtype=torch.uint8), torch.arange(CLEAN_IMAGES + 1), (0.0, 1.0))
    assert len(split.first(CLEAN_IMAGES)) == CLEAN_IMAGES == 5_000


def test_a_batch_is_normalized() -> None:
    splits = load_splits(DataConfig())
    x, labels = splits.train.batch(torch.tensor([4, 2]))
    mean, std = Dataset.DIGITS.spec.normalization
    expected = (splits.train.images[[4, 2]].double() / 255 - mean) / std
    assert torch.allclose(x.double(), expected, atol=1e-6)
    assert torch.equal(labels, splits.train.labels[[4, 2]])
    everything, _ = splits.train.batch(slice(None))
    assert abs(everything.mean().item()) < 1e-3
    assert everything.std().item() == pytest.approx(1, abs=1e-3)


def test_augmentation_never_changes_the_stored_images() -> None:
    splits = load_splits(DataConfig(train_size=100))
    before = splits.train.images.clone()
    first, _ = splits.train.batch(slice(None), generator())
    second, _ = splits.train.batch(slice(None), generator())
    assert torch.equal(splits.train.images, before)
    assert torch.equal(first, second)
    assert not torch.equal(first, splits.train.batch(slice(None))[0])


def test_rotation_is_torchvisions_on_byte_images() -> None:
    functional = pytest.importorskip("torchvision.transforms.functional")
    image = pytest.importorskip("PIL.Image")
    x = load_splits(DataConfig(train_size=60)).train.images
    degrees = 14 * torch.rand(len(x), generator=generator(1)) - 7
    ours = rotate(x, degrees)
    theirs = torch.stack(
        [
            torch.from_numpy(np.array(functional.rotate(image.fromarray(picture[0].numpy()), angle.item(), fill=1)))
            for picture, angle in zip(x, degrees, strict=True)
        ]
    )
    assert (ours[:, 0] == theirs).double().mean() > 0.9995
    assert (x[:, 0] != theirs).double().mean() > 0.02


def test_rotation_by_nothing_changes_nothing_and_corners_are_filled_with_1() -> None:
    x = torch.full((2, 1, 28, 28), 200, dtype=torch.uint8)
    turned = rotate(x, torch.tensor([0.0, 7.0]))
    assert torch.equal(turned[0], x[0])
    assert turned[1].unique().tolist() == [1, 200]
    assert turned[1, 0, 0, 0] == 1
    assert turned[1, 0, 14, 14] == 200


def test_the_fast_augmentation_changes_no_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    split = load_splits(DataConfig()).train
    fast, _ = split.batch(slice(None), generator(6))
    monkeypatch.setattr(threads, "HAS_KERNELS", False)
    plain, _ = split.batch(slice(None), generator(6))
    assert torch.equal(fast, plain)


def test_a_positive_angle_turns_counterclockwise() -> None:
    x = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    x[0, 0, 14, 26] = 9
    row, _ = divmod(int(rotate(x, torch.tensor([7.0])).flatten().argmax()), 28)
    assert row < 14


def test_images_are_turned_by_up_to_seven_degrees_each_by_its_own_angle() -> None:
    """A bar's slope tells the angle: its ends move by 12·tan(angle) pixels."""
    x = torch.zeros(1000, 1, 28, 28, dtype=torch.uint8)
    x[:, :, 14, :] = 255
    split = Split(x, torch.zeros(1000).long(), (0.0, 1.0))
    turned, _ = split.batch(slice(None), generator(2))
    ends = turned[:, 0, :, 26].argmax(dim=1)[turned[:, 0, :, 26].max(dim=1).values == 1]
    assert len(ends) > 700
    assert int(ends.min()) >= 12
    assert int(ends.max()) <= 16
    assert len(ends.unique()) >= 3


def erased(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Erased images' heights, widths and centers (y, x), from `erase` on images of ones."""
    y = erase(torch.ones(count, 1, 28, 28), rectangles(torch.rand((count, 5), generator=generator(seed)), (28, 28)))
    gone = (y == 0)[:, 0]
    hit = gone.flatten(1).any(dim=1)
    rows, columns = gone[hit].any(dim=2), gone[hit].any(dim=1)
    heights, widths = rows.sum(1), columns.sum(1)
    assert torch.equal(heights * widths, gone[hit].sum((1, 2))), "what is erased is a rectangle"
    places = torch.arange(28.0)
    centers = torch.stack([(rows * places).sum(1) / heights, (columns * places).sum(1) / widths], dim=1)
    return heights.double(), widths.double(), centers


def test_every_second_image_has_a_rectangle_erased() -> None:
    heights, _, _ = erased(10_000, 3)
    assert abs(len(heights) - 5_000) < 4 * 50


def test_erased_areas_and_ratios_are_the_studys() -> None:
    heights, widths, centers = erased(20_000, 4)
    area, ratio = heights * widths / 784, heights / widths
    assert area.mean().item() == pytest.approx(0.11, abs=0.003)
    assert 0.012 < area.min().item() < 0.025
    assert 0.195 < area.max().item() < 0.215
    middle, spread = (math.log(0.3) + math.log(3.3)) / 2, (math.log(3.3) - math.log(0.3)) / 12**0.5
    assert ratio.log().mean().item() == pytest.approx(middle, abs=0.03)
    assert ratio.log().std().item() == pytest.approx(spread, abs=0.03)
    assert torch.allclose(centers.mean(0), torch.tensor(13.5), atol=0.25)


def test_erasing_matches_torchvisions_distribution() -> None:
    transforms = pytest.importorskip("torchvision.transforms")
    state = torch.get_rng_state()
    torch.manual_seed(5)
    erasing = transforms.RandomErasing(p=1.0, scale=(0.02, 0.2), ratio=(0.3, 3.3), value=0)
    theirs = torch.tensor([(erasing(torch.ones(1, 28, 28)) == 0).sum().item() for _ in range(3000)]).double()
    torch.set_rng_state(state)
    heights, widths, _ = erased(6000, 6)
    quantiles = torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9]).double()
    ours = (heights * widths).quantile(quantiles)
    assert torch.allclose(ours, theirs.quantile(quantiles), atol=6)


def test_erased_places_become_the_mean_gray_after_normalization() -> None:
    x, _ = gray(500).batch(slice(None), generator(7))
    values = x[:, 0, 10:18, 10:18].unique().tolist()
    assert values == [0.0, 1.0]
