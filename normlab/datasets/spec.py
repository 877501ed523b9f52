"""What there is to know of a data set: images of 28×28 grey pixels in ten classes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from normlab.errors import NormlabError

if TYPE_CHECKING:  # numpy takes longer to import than a command's help
    import numpy as np
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]

CLASSES = 10
IDX_NAMES = (
    *("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    *("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
)


class DataProblem(NormlabError):
    """One sentence: what is wrong with a data set, and how to mend it."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """An idx file: its name unpacked, the bytes and the MD5 of its .gz, and the MD5 of its content."""

    name: str
    size: int
    packed_md5: str
    md5: str


@dataclass(frozen=True, slots=True)
class IdxFiles:
    """A data set in four idx files (http://yann.lecun.com/exdb/mnist/), downloaded once into the data folder.

    `folder` is where torchvision looks for them; `mirrors` are base addresses, tried in order; the files are images and
    labels to learn from, then those to test with.
    """

    folder: str
    mirrors: tuple[str, ...]
    files: tuple[RemoteFile, RemoteFile, RemoteFile, RemoteFile]

    @property
    def download_bytes(self) -> int:
        return sum(file.size for file in self.files)


def idx_files(folder: str, mirrors: tuple[str, ...], files: tuple[tuple[int, str, str], ...]) -> IdxFiles:
    """Four files with MNIST's names: the bytes and the MD5 of each .gz, and the MD5 of its content."""
    one, two, three, four = (RemoteFile(name, *file) for name, file in zip(IDX_NAMES, files, strict=True))
    return IdxFiles(folder, mirrors, (one, two, three, four))


@dataclass(frozen=True, slots=True)
class Pool:
    """A data set inside an installed package, not yet split into images to learn from and to test with.

    `read` gives the images (N, 28, 28), 0 is the background, and the labels (N,); it raises `DataProblem` where
    `package` is not installed.
    """

    package: str
    read: "Callable[[], tuple[Bytes, Bytes]]"


@dataclass(frozen=True, slots=True)
class Framing:
    """How the pixels of a data set's images were framed, and a drawing is.

    What is drawn is scaled until its longer side has `fits` pixels, then put on a square of `square` pixels: with
    `by_mass` its center of mass in the middle, else its edges equally far from the square's. With `cells` the square
    is reduced to so many means a side, each of one of 17 grey levels.
    """

    fits: int
    square: int = 28
    by_mass: bool = False
    cells: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """Reading the images in an exported script: the definition of `read_images`, the import that it needs, and the
    package to install."""

    definition: str
    imports: str
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSpec:
    """A data set.

    `key` is its name in settings and addresses, `name` the one for people; `about` and `credit` (markdown: who made it,
    under which license, where it comes from) are for the page. `training`, `validation` and `test` are numbers of
    images; `labels` name the classes. `normalization` is the mean and the standard deviation of the training images'
    values, scaled to [0, 1]. `recipe` holds the settings with which a training on it begins.
    """

    key: str
    name: str
    about: str
    credit: str
    training: int
    validation: int
    test: int
    labels: tuple[str, ...]
    normalization: tuple[float, float]
    recipe: Mapping[str, float]
    source: IdxFiles | Pool
    framing: Framing
    script: Script

    def __post_init__(self) -> None:
        if len(self.labels) != CLASSES:
            raise ValueError(f"{self.name} has {len(self.labels)} classes; the network answers with {CLASSES}.")

    @property
    def download_megabytes(self) -> int:
        """What has to be downloaded, rounded up; 0 if nothing."""
        return ceil(self.source.download_bytes / 1e6) if isinstance(self.source, IdxFiles) else 0

    def rank(self) -> tuple[int, int, str]:
        """Its place in lists."""
        return self.training, self.download_megabytes, self.key


def torchvision(name: str) -> Script:
    """For a data set that `torchvision.datasets` knows by this name."""
    return Script(_TORCHVISION.format(name=name), "from torchvision import datasets", "torchvision")


_TORCHVISION = '''def read_images():
    """Images (N, 28, 28) in 0..255 and labels (N,) for training, then for test.

    Downloads them once into ./data.
    """
    train = datasets.{name}("data", train=True, download=True)
    test = datasets.{name}("data", train=False, download=True)
    arrays = (train.data, train.targets, test.data, test.targets)
    return [array.numpy() for array in arrays]'''
