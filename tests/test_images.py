"""Data sets as arrays: digits, idx files, splits, subsets, label noise."""

import gzip
import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from idx_kit import idx

from normlab import images
from normlab.choices import Dataset
from normlab.config import DataConfig
from normlab.datasets import IDX_NAMES, SPECS, DataProblem, idx_files
from normlab.images import Images, ImageSplits, load, stratified_order, training_subset


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a small, sound "MNIST" of 60 training and 20 test images."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    random = np.random.default_rng(0)
    files = []
    for name in IDX_NAMES:
        count = 60 if name.startswith("train") else 20
        array = random.integers(0, 256, (count, 28, 28)) if "images" in name else np.arange(count) % 10
        content = idx(array.astype(np.uint8))
        (raw / name).write_bytes(content)
        files.append((len(content), "", hashlib.md5(content).hexdigest()))
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path))
    small = replace(Dataset.MNIST.spec, training=50, source=idx_files("MNIST/raw", (), tuple(files)))
    monkeypatch.setitem(SPECS, Dataset.MNIST, small)
    return raw


def digest(splits: ImageSplits) -> str:
    total = hashlib.sha256()
    for part in (splits.train, splits.validation, splits.test):
        assert part is not None
        total.update(part.images.tobytes() + part.labels.tobytes())
    return total.hexdigest()


def test_the_digits_and_their_split_are_the_same_everywhere() -> None:
    splits = load(Dataset.DIGITS)
    assert splits.validation is not None
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [797, 200, 800]
    assert digest(splits) == "1e797f9c1b1a090cf82d9b3f0656dc1775dad6d59013497272f2afeb6c920648"


def test_a_digit_is_its_8_by_8_original_tripled_with_a_margin() -> None:
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    splits = load(Dataset.DIGITS)
    small = splits.train.images[:, 2:26:3, 2:26:3]
    assert np.array_equal(np.kron(small, np.ones((1, 3, 3), np.uint8)), splits.train.images[:, 2:26, 2:26])
    assert not splits.train.images[:, :2].any()
    assert not splits.train.images[:, :, 26:].any()
    originals = {image.astype(np.uint8).tobytes() for image in sklearn_datasets.load_digits().images}
    assert all(np.rint(image * (16 / 255)).astype(np.uint8).tobytes() in originals for image in small)
    assert small.max() == 255


def test_the_digits_are_read_without_importing_scikit_learn() -> None:
    code = "import sys; from normlab import images; images.load(images.Dataset.DIGITS); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_every_split_of_digits_has_every_class_in_its_share() -> None:
    splits = load(Dataset.DIGITS)
    assert splits.validation is not None
    for part in (splits.train, splits.validation, splits.test):
        counts = np.bincount(part.labels, minlength=10)
        assert np.abs(counts - len(part) / 10).max() < 0.05 * len(part) / 10 + 1


def test_without_a_validation_split_its_images_are_trained_on() -> None:
    held_out, everything = load(Dataset.DIGITS), load(Dataset.DIGITS, validation=False)
    assert everything.validation is None
    assert len(everything.train) == 997
    assert np.array_equal(everything.test.images, held_out.test.images)


def test_normalization_is_the_mean_and_deviation_of_the_training_digits() -> None:
    values = load(Dataset.DIGITS).train.images / 255
    assert Dataset.DIGITS.spec.normalization == (round(values.mean(), 4), round(values.std(), 4))


def test_a_stratified_order_is_a_permutation_whose_every_beginning_is_stratified() -> None:
    labels = np.random.default_rng(1).integers(0, 10, 500).astype(np.uint8)
    order = stratified_order(labels, 5)
    assert np.array_equal(np.sort(order), np.arange(500))
    share = np.bincount(labels, minlength=10) / 500
    for size in (10, 77, 250, 499):
        counts = np.bincount(labels[order[:size]], minlength=10)
        assert np.abs(counts - size * share).max() <= 1.5
    assert not np.array_equal(order, stratified_order(labels, 6))


def test_a_smaller_training_set_is_a_part_of_a_larger_one() -> None:
    splits = load(Dataset.DIGITS)
    small, large, everything = (training_subset(splits, DataConfig(train_size=size)) for size in (50, 300, 0))
    assert np.array_equal(small.images, large.images[:50])
    assert np.array_equal(large.images, everything.images[:300])
    assert len(everything) == 797
    assert np.bincount(small.labels, minlength=10).min() >= 4


@pytest.mark.parametrize("noise", [0.1, 0.25, 0.9])
@pytest.mark.parametrize("size", [0, 200])
def test_label_noise_replaces_exactly_its_share_by_another_class(noise: float, size: int) -> None:
    splits = load(Dataset.DIGITS)
    clean = training_subset(splits, DataConfig(train_size=size))
    noisy = training_subset(splits, DataConfig(train_size=size, label_noise=noise))
    assert np.array_equal(clean.images, noisy.images)
    assert (clean.labels != noisy.labels).sum() == round(len(clean) * noise)
    assert noisy.labels.max() <= 9


def test_noise_falls_evenly_on_the_nine_other_classes() -> None:
    splits = load(Dataset.DIGITS)
    clean = training_subset(splits, DataConfig()).labels.astype(int)
    noisy = training_subset(splits, DataConfig(label_noise=0.9)).labels.astype(int)
    shifts = np.bincount((noisy - clean) % 10, minlength=10)[1:]
    expected = shifts.sum() / 9
    assert ((shifts - expected) ** 2 / expected).sum() < 26.1  # chi-square, 8 degrees of freedom, p = 0.001


def test_more_noise_keeps_the_labels_that_less_noise_replaced() -> None:
    splits = load(Dataset.DIGITS)
    clean, little, much = (training_subset(splits, DataConfig(label_noise=n)).labels for n in (0.0, 0.1, 0.3))
    wrong = clean != little
    assert np.array_equal(little[wrong], much[wrong])
    assert np.array_equal(splits.train.labels, load(Dataset.DIGITS).train.labels)


def test_idx_files_are_read_and_split(folder: Path) -> None:
    assert images.is_there(Dataset.MNIST)
    splits = load(Dataset.MNIST)
    assert splits.validation is not None
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [50, 10, 20]
    assert np.array_equal(np.bincount(splits.validation.labels, minlength=10), np.ones(10))
    raw = (folder / "t10k-images-idx3-ubyte").read_bytes()
    assert splits.test.images.tobytes() == raw[16:]
    assert len(load(Dataset.MNIST, validation=False).train) == 60


def test_a_packed_file_serves_where_the_unpacked_one_is_not(folder: Path) -> None:
    before = load(Dataset.MNIST)
    for name in IDX_NAMES:
        (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes()))
        (folder / name).unlink()
    assert images.is_there(Dataset.MNIST)
    assert digest(load(Dataset.MNIST)) == digest(before)


def missing(path: Path) -> None:
    path.unlink()


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def cut_to_two_bytes(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:2])


def of_another_kind(path: Path) -> None:
    path.write_bytes(b"<html>not found</html>" * 20)


def with_a_wrong_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def half_packed(path: Path) -> None:
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes())[:-9])
    path.unlink()


@pytest.mark.parametrize("name", IDX_NAMES)
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (missing, "is missing"),
        (truncated, "its header promises"),
        (cut_to_two_bytes, "is not an idx file"),
        (of_another_kind, "is not an idx file"),
        (with_a_wrong_byte, "checksum"),
        (half_packed, "cannot be unpacked"),
    ],
)
def test_a_damaged_file_is_named_in_one_sentence_with_the_mend(folder: Path, name: str, damage, words: str) -> None:
    load(Dataset.MNIST)
    damage(folder / name)
    with pytest.raises(DataProblem) as problem:
        load(Dataset.MNIST)
    message = str(problem.value)
    assert words in message
    assert name in message
    assert "run `normlab fetch mnist`" in message
    assert message.endswith(".")
    assert "\n" not in message


def test_what_unpacks_to_more_than_a_data_set_has_is_not_unpacked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / IDX_NAMES[0]).unlink()
    (folder / f"{IDX_NAMES[0]}.gz").write_bytes(gzip.compress(bytes(1_000_000)))
    monkeypatch.setattr(images, "MOST_BYTES", 100_000)
    with pytest.raises(DataProblem, match="unpacks to more than 100,000 bytes: run `normlab fetch mnist`"):
        load(Dataset.MNIST)


def test_a_file_is_not_there_when_one_of_four_is_missing(folder: Path) -> None:
    (folder / IDX_NAMES[3]).unlink()
    assert not images.is_there(Dataset.MNIST)
    assert images.is_there(Dataset.DIGITS)


def test_a_file_is_checked_again_only_when_it_has_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(Dataset.MNIST)
    counted = []
    monkeypatch.setattr(images.hashlib, "md5", lambda content, **_: counted.append(1) or hashlib.new("md5", content))
    load(Dataset.MNIST)
    assert not counted
    stat = (folder / IDX_NAMES[0]).stat()
    os.utime(folder / IDX_NAMES[0], ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))
    load(Dataset.MNIST)
    assert len(counted) == 1


def test_images_take_keeps_pairs_together() -> None:
    three = Images(np.arange(3 * 784, dtype=np.uint8).reshape(3, 28, 28), np.array([5, 6, 7], np.uint8))
    picked = three.take(np.array([2, 0]))
    assert picked.labels.tolist() == [7, 5]
    assert np.array_equal(picked.images[1], three.images[0])


@pytest.mark.data
@pytest.mark.parametrize("dataset", [Dataset.MNIST, Dataset.FASHION_MNIST])
def test_the_real_sets_have_their_sizes_classes_and_moments(dataset: Dataset) -> None:
    splits = load(dataset)
    assert splits.validation is not None
    sizes = len(splits.train), len(splits.validation), len(splits.test)
    assert sizes == (dataset.spec.training, dataset.spec.validation, dataset.spec.test)
    share = np.bincount(splits.train.labels, minlength=10) / len(splits.train)
    assert np.abs(np.bincount(splits.validation.labels, minlength=10) - 5_000 * share).max() < 1
    values = splits.train.images / np.float32(255)
    mean, std = dataset.spec.normalization
    assert abs(values.mean() - mean) < 2e-4
    assert abs(values.std() - std) < 2e-4
