"""digits: scikit-learn's handwritten digits (Alpaydin and Kaynak 1998), enlarged from 8×8 pixels to 28×28."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from normlab.datasets.spec import DataProblem, DatasetSpec, Framing, Pool, Script

if TYPE_CHECKING:
    from normlab.datasets.spec import Bytes

CELL, CELLS, MARGIN = 3, 8, 2
"""8×8 values, each 3×3 pixels of the image, and a margin of 2 pixels."""


@lru_cache(maxsize=1)
def _read() -> "tuple[Bytes, Bytes]":
    """1,797 digits: values 0..16 scaled to 0..255, every pixel tripled, a margin of 2: 8 · 3 + 2 · 2 = 28."""
    import numpy as np

    table = np.loadtxt(_file(), delimiter=",", dtype=np.uint8)
    scaled = np.rint(table[:, :-1].reshape(-1, CELLS, CELLS) * (255 / 16)).astype(np.uint8)
    large = np.kron(scaled, np.ones((1, CELL, CELL), dtype=np.uint8))
    padded = np.pad(large, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))
    labels = table[:, -1].copy()
    for array in (padded, labels):
        array.flags.writeable = False
    return padded, labels


def _file() -> Path:
    """Inside scikit-learn, which is not imported for it: that would take a second, and 160 MB in every process."""
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise DataProblem("The digits are not here: they come with scikit-learn (`pip install scikit-learn`).")
    return Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"


_SCRIPT = '''def read_images():
    """Images (N, 28, 28) in 0..255 and labels (N,) for training, then for test.

    The digits have 8×8 pixels: each becomes 3×3, with a black edge of 2 around.
    """
    raw, labels = load_digits(return_X_y=True)
    scaled = np.rint(raw.reshape(-1, 8, 8) * (255 / 16))
    images = np.pad(np.kron(scaled, np.ones((1, 3, 3))), ((0, 0), (2, 2), (2, 2)))
    order = stratified_order(labels, seed=1)
    known, test = np.sort(order[:997]), np.sort(order[997:])
    return images[known], labels[known], images[test], labels[test]'''

SPEC = DatasetSpec(
    key="digits",
    name="Digits",
    about="Handwritten digits, 8×8 pixels enlarged to 28×28. Small: training takes seconds.",
    credit="[Optical Recognition of Handwritten Digits](https://archive.ics.uci.edu/dataset/80), E. Alpaydin and "
    "C. Kaynak, UCI Machine Learning Repository, CC BY 4.0; comes with scikit-learn.",
    training=797,
    validation=200,
    test=800,
    labels=tuple("0123456789"),
    normalization=(0.2236, 0.3484),
    recipe={"lr": 0.03, "batch_size": 32, "epochs": 15},
    source=Pool("scikit-learn", _read),
    framing=Framing(fits=4 * CELLS, square=4 * CELLS, cells=CELLS),
    script=Script(_SCRIPT, "from sklearn.datasets import load_digits", "scikit-learn"),
)
"""The originals fill the height of a 32×32 bitmap, of which each 4×4 pixels became one of 17 grey levels."""
