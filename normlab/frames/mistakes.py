"""Which test images a network gets wrong."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from normlab.record import Snapshot


def predictions(snapshot: Snapshot, labels: npt.NDArray[np.uint8]) -> pd.DataFrame:
    """Columns image (its place in the test set), true, predicted (class numbers), confidence (%, of the prediction).

    Raises:
        ValueError: if the labels are not those of the images that were predicted.
    """
    if len(labels) != len(snapshot.predicted):
        raise ValueError(f"The run predicted {len(snapshot.predicted)} images; the data set has {len(labels)}.")
    return pd.DataFrame(
        {
            "image": np.arange(len(labels)),
            "true": labels.astype(np.int64),
            "predicted": snapshot.predicted.astype(np.int64),
            "confidence": 100 * snapshot.confidence.astype(np.float64),
        }
    )


def confusion(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Columns true, predicted (names), count, mistake (bool): a row for every pair of classes, also the empty ones."""
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (frame["true"].to_numpy(), frame["predicted"].to_numpy()), 1)
    true, predicted = np.indices(counts.shape).reshape(2, -1)
    return pd.DataFrame(
        {
            "true": np.array(names)[true],
            "predicted": np.array(names)[predicted],
            "count": counts.ravel(),
            "mistake": true != predicted,
        }
    )


def per_class(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Columns name, images, mistakes, accuracy (%; NaN for a class without images)."""
    true = frame["true"].to_numpy()
    wrong = (frame["true"] != frame["predicted"]).to_numpy()
    images = np.bincount(true, minlength=len(names))
    mistakes = np.bincount(true, weights=wrong, minlength=len(names)).astype(np.int64)
    with np.errstate(invalid="ignore"):
        accuracy = 100 * (1 - mistakes / images)
    return pd.DataFrame({"name": list(names), "images": images, "mistakes": mistakes, "accuracy": accuracy})
