"""Data sets as numpy arrays: what is there, and its splits. Knows nothing of torch and of downloads.

What comes in idx files is read where torchvision looks for it, such as `MNIST/raw` in the data folder.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import platformdirs

from normlab import files
from normlab.choices import Dataset
from normlab.config import DataConfig
from normlab.datasets import DataProblem, IdxFiles, RemoteFile

Bytes = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]

MOST_BYTES = 47_040_016
"""What the largest of the files has, unpacked; packed it has less."""

_SPLIT_SEED, _SUBSET_SEED, _NOISE_SEED, _SAMPLE_SEED = 1, 2, 3, 4
_SAMPLE_OF_CLASS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """`images` uint8 (N, 28, 28), 0 is the background; `labels` uint8 (N,), places in the data set's `labels`."""

    images: Bytes
    labels: Bytes

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: Indices) -> "Images":
        return Images(self.images[index], self.labels[index])


@dataclass(frozen=True, slots=True, eq=False)
class ImageSplits:
    """A data set's splits before `train_size` and label noise; `validation` is None if none is held out."""

    train: Images
    validation: Images | None
    test: Images


def data_folder() -> Path:
    """Where data sets that are downloaded are looked for: `NORMLAB_DATA`, or a folder of the user's own data."""
    named = os.environ.get("NORMLAB_DATA", "").strip()
    return Path(named).expanduser() if named else Path(platformdirs.user_data_path("normlab", appauthor=False)) / "data"


def is_there(dataset: Dataset) -> bool:
    """Whether every file of the data set is there; `load` finds out whether they are sound."""
    source = dataset.spec.source
    return not isinstance(source, IdxFiles) or all(_find(source, file.name) is not None for file in source.files)


def load(dataset: Dataset, *, validation: bool = True) -> ImageSplits:
    """The fixed splits of a data set: stratified, and the same on every machine.

    Raises:
        DataProblem: if a file is missing, truncated, of another kind, or fails its checksum.
    """
    spec = dataset.spec
    if isinstance(spec.source, IdxFiles):
        arrays = [_read(dataset, spec.source, file) for file in spec.source.files]
        known, test = Images(*arrays[:2]), Images(*arrays[2:])
    else:
        everything = Images(*spec.source.read())
        order = stratified_order(everything.labels, _SPLIT_SEED)
        held_in = spec.training + spec.validation
        known, test = everything.take(np.sort(order[:held_in])), everything.take(np.sort(order[held_in:]))
    if not validation:
        return ImageSplits(known, None, test)
    order = stratified_order(known.labels, _SPLIT_SEED)
    return ImageSplits(known.take(np.sort(order[: spec.training])), known.take(np.sort(order[spec.training :])), test)


def training_subset(splits: ImageSplits, config: DataConfig) -> Images:
    """The training images that `config` asks for, with its label noise; every leading part is stratified too.

    A smaller `train_size` is a part of a larger one. Of n labels exactly round(n · label_noise) are replaced by another
    class; more noise keeps the labels that less noise has replaced.
    """
    train = splits.train
    chosen = stratified_order(train.labels, _SUBSET_SEED)[: config.train_size or None]
    rank, other = np.random.RandomState(_NOISE_SEED).random_sample((2, len(train)))
    noisy = chosen[np.argsort(rank[chosen], kind="stable")[: round(len(chosen) * config.label_noise)]]
    labels = train.labels.copy()
    labels[noisy] = (labels[noisy] + 1 + (9 * other[noisy]).astype(np.uint8)) % 10
    return Images(train.images, labels).take(chosen)


def sample(labels: Bytes) -> Indices:
    """Sixty of the images with these `labels`, the same for every run: their places.

    Of each class the first six in an order that is drawn once. They take turns, so that image k shows class k mod 10
    and every leading part has the classes in equal shares; where a class has fewer, there are fewer rounds.
    """
    order = stratified_order(labels, _SAMPLE_SEED)
    classes = [order[labels[order] == label] for label in np.unique(labels)]
    rounds = min([_SAMPLE_OF_CLASS, *map(len, classes)])
    return np.stack([members[:rounds] for members in classes], axis=1).ravel()


def stratified_order(labels: Bytes, seed: int) -> Indices:
    """A shuffled order of all indices in which each leading part has every class in its share, but for one image.

    Drawn from numpy's frozen `RandomState`, so that it is the same with every version of numpy.
    """
    shuffled = np.argsort(np.random.RandomState(seed).random_sample(len(labels)), kind="stable")
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.argsort(place, kind="stable").astype(np.int64)


def file_path(source: IdxFiles, name: str) -> Path:
    """Where a data set's unpacked file belongs."""
    return data_folder() / source.folder / name


def _find(source: IdxFiles, name: str) -> Path | None:
    """The unpacked file, or the packed one if only that is there."""
    raw = file_path(source, name)
    return next((path for path in (raw, raw.with_name(f"{name}.gz")) if path.is_file()), None)


def _read(dataset: Dataset, source: IdxFiles, file: RemoteFile) -> Bytes:
    """An idx file's array (http://yann.lecun.com/exdb/mnist/): big-endian magic, sizes, then the bytes."""
    mend = f"run `normlab fetch {dataset}`"
    path = _find(source, file.name)
    if path is None:
        raw = file_path(source, file.name)
        raise DataProblem(f"{raw} is missing: {mend}, or set NORMLAB_DATA to a folder that has {source.folder}.")
    try:
        content = _content(path)
        checksum = _checksum(path, path.stat().st_mtime_ns, path.stat().st_size)
    except OSError as error:
        raise DataProblem(f"{path} cannot be read ({error.strerror or error}): {mend}.") from None
    except files.Unreadable as problem:
        raise DataProblem(f"{path} {problem}: {mend}.") from None
    dimensions = 3 if "images" in file.name else 1
    header = np.frombuffer(content[: 4 + 4 * dimensions].ljust(4 + 4 * dimensions, b"\0"), dtype=">u4")
    if header[0] != 0x0800 + dimensions:
        raise DataProblem(f"{path} is not an idx file of {'images' if dimensions == 3 else 'labels'}: {mend}.")
    shape = tuple(int(size) for size in header[1:])
    expected = header.nbytes + int(np.prod(shape))
    if len(content) != expected:
        raise DataProblem(f"{path} has {len(content)} bytes where its header promises {expected}: {mend}.")
    if checksum != file.md5:
        raise DataProblem(f"{path} is damaged (its MD5 checksum is wrong): {mend}.")
    return np.frombuffer(content, dtype=np.uint8, offset=header.nbytes).reshape(shape)


def _content(path: Path) -> bytes:
    content = files.read(path, MOST_BYTES, links=True)
    return files.unpack(content, MOST_BYTES) if path.suffix == ".gz" else content


@lru_cache(maxsize=64)
def _checksum(path: Path, modified: int, size: int) -> str:
    """MD5 of the unpacked content; computed again only if the file's time or size changed."""
    return hashlib.md5(_content(path), usedforsecurity=False).hexdigest()
