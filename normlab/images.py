"""Data sets as numpy arrays: what is there, its splits, its labels. Knows nothing of torch and of downloads.

`digits` are scikit-learn's 8×8 handwritten digits (Alpaydin and Kaynak, CC BY 4.0), enlarged to 28×28. MNIST (LeCun,
Cortes, Burges, CC BY-SA 3.0) and Fashion-MNIST (Xiao, Rasul, Vollgraf, MIT) are read from the original idx files where
torchvision looks for them: `MNIST/raw` and `FashionMNIST/raw` in the data folder.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import platformdirs

from normlab import files
from normlab.choices import TRAINING_IMAGES, VALIDATION_IMAGES, Dataset
from normlab.config import DataConfig

Bytes = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]

_FIGURES = tuple("0123456789")
LABELS: Mapping[Dataset, tuple[str, ...]] = {
    Dataset.DIGITS: _FIGURES,
    Dataset.MNIST: _FIGURES,
    Dataset.FASHION_MNIST: (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
}

DOWNLOAD_MEGABYTES: Mapping[Dataset, int] = {Dataset.DIGITS: 0, Dataset.MNIST: 12, Dataset.FASHION_MNIST: 31}

NORMALIZATION: Mapping[Dataset, tuple[float, float]] = {
    Dataset.DIGITS: (0.2236, 0.3484),
    Dataset.MNIST: (0.1307, 0.3081),
    Dataset.FASHION_MNIST: (0.2860, 0.3530),
}
"""Mean and standard deviation of the training images' values, scaled to [0, 1]."""

FOLDERS: Mapping[Dataset, str] = {Dataset.MNIST: "MNIST/raw", Dataset.FASHION_MNIST: "FashionMNIST/raw"}
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
CHECKSUMS: Mapping[Dataset, Mapping[str, str]] = {
    Dataset.MNIST: {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    },
    Dataset.FASHION_MNIST: {
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    },
}
"""MD5 of each unpacked file."""
MOST_BYTES = 47_040_016
"""What the largest of the files has, unpacked; packed it has less."""

_SPLIT_SEED, _SUBSET_SEED, _NOISE_SEED = 1, 2, 3


class DataProblem(Exception):
    """One sentence: what is wrong with a data set, and how to mend it."""


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """`images` uint8 (N, 28, 28), 0 is the background; `labels` uint8 (N,), indices into LABELS."""

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
    """Where MNIST and Fashion-MNIST are looked for: `NORMLAB_DATA`, or a folder of the user's own data."""
    named = os.environ.get("NORMLAB_DATA", "").strip()
    return Path(named).expanduser() if named else Path(platformdirs.user_data_path("normlab", appauthor=False)) / "data"


def is_there(dataset: Dataset) -> bool:
    """Whether every file of the data set is there; `load` finds out whether they are sound."""
    return dataset is Dataset.DIGITS or all(_find(dataset, name) is not None for name in FILES)


def load(dataset: Dataset, *, validation: bool = True) -> ImageSplits:
    """The fixed splits of a data set: stratified, and the same on every machine.

    Raises:
        DataProblem: if a file is missing, truncated, of another kind, or fails its checksum.
    """
    if dataset is Dataset.DIGITS:
        everything = _digits()
        order = stratified_order(everything.labels, _SPLIT_SEED)
        held_in = TRAINING_IMAGES[dataset] + VALIDATION_IMAGES[dataset]
        known, test = everything.take(np.sort(order[:held_in])), everything.take(np.sort(order[held_in:]))
    else:
        known = Images(_read(dataset, FILES[0]), _read(dataset, FILES[1]))
        test = Images(_read(dataset, FILES[2]), _read(dataset, FILES[3]))
    if not validation:
        return ImageSplits(known, None, test)
    order = stratified_order(known.labels, _SPLIT_SEED)
    size = TRAINING_IMAGES[dataset]
    return ImageSplits(known.take(np.sort(order[:size])), known.take(np.sort(order[size:])), test)


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


@lru_cache(maxsize=1)
def _digits() -> Images:
    """1,797 digits: values 0..16 scaled to 0..255, every pixel tripled, a margin of 2: 8 · 3 + 2 · 2 = 28."""
    table = np.loadtxt(_digits_file(), delimiter=",", dtype=np.uint8)
    scaled = np.rint(table[:, :-1].reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    large = np.kron(scaled, np.ones((1, 3, 3), dtype=np.uint8))
    padded = np.pad(large, ((0, 0), (2, 2), (2, 2)))
    labels = table[:, -1].copy()
    for array in (padded, labels):
        array.flags.writeable = False
    return Images(padded, labels)


def _digits_file() -> Path:
    """Inside scikit-learn, which is not imported for it: that would take a second, and 160 MB in every process."""
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise DataProblem("The digits are not here: they come with scikit-learn (`pip install scikit-learn`).")
    return Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"


def file_path(dataset: Dataset, name: str) -> Path:
    """Where a data set's unpacked file belongs."""
    return data_folder() / FOLDERS[dataset] / name


def _find(dataset: Dataset, name: str) -> Path | None:
    """The unpacked file, or the packed one if only that is there."""
    raw = file_path(dataset, name)
    return next((path for path in (raw, raw.with_name(f"{name}.gz")) if path.is_file()), None)


def _read(dataset: Dataset, name: str) -> Bytes:
    """An idx file's array (http://yann.lecun.com/exdb/mnist/): big-endian magic, sizes, then the bytes."""
    mend = f"run `normlab fetch {dataset}`"
    path = _find(dataset, name)
    if path is None:
        raw = file_path(dataset, name)
        raise DataProblem(f"{raw} is missing: {mend}, or set NORMLAB_DATA to a folder that has {FOLDERS[dataset]}.")
    try:
        content = _content(path)
        checksum = _checksum(path, path.stat().st_mtime_ns, path.stat().st_size)
    except OSError as error:
        raise DataProblem(f"{path} cannot be read ({error.strerror or error}): {mend}.") from None
    except files.Unreadable as problem:
        raise DataProblem(f"{path} {problem}: {mend}.") from None
    dimensions = 3 if "images" in name else 1
    header = np.frombuffer(content[: 4 + 4 * dimensions].ljust(4 + 4 * dimensions, b"\0"), dtype=">u4")
    if header[0] != 0x0800 + dimensions:
        raise DataProblem(f"{path} is not an idx file of {'images' if dimensions == 3 else 'labels'}: {mend}.")
    shape = tuple(int(size) for size in header[1:])
    expected = header.nbytes + int(np.prod(shape))
    if len(content) != expected:
        raise DataProblem(f"{path} has {len(content)} bytes where its header promises {expected}: {mend}.")
    if checksum != CHECKSUMS[dataset][name]:
        raise DataProblem(f"{path} is damaged (its MD5 checksum is wrong): {mend}.")
    return np.frombuffer(content, dtype=np.uint8, offset=header.nbytes).reshape(shape)


def _content(path: Path) -> bytes:
    content = files.read(path, MOST_BYTES, links=True)
    return files.unpack(content, MOST_BYTES) if path.suffix == ".gz" else content


@lru_cache(maxsize=64)
def _checksum(path: Path, modified: int, size: int) -> str:
    """MD5 of the unpacked content; computed again only if the file's time or size changed."""
    return hashlib.md5(_content(path), usedforsecurity=False).hexdigest()
