"""The convolutions' weights: their size over a run, their distribution, the first filters."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from normlab.store import Run


def weights(run: Run) -> pd.DataFrame:
    """Columns epoch, layer, norm (Euclidean), gradient_norm, zeros and small (% exactly 0, % below 1e-3)."""
    rows = [
        (
            end.epoch,
            layer.layer,
            layer.weights.norm,
            layer.weights.gradient_norm,
            100 * layer.weights.zeros,
            100 * layer.weights.small,
        )
        for end in run.epochs
        for layer in end.layers
    ]
    return pd.DataFrame(rows, columns=["epoch", "layer", "norm", "gradient_norm", "zeros", "small"])


def weight_histogram(array: npt.NDArray[Any], reach: float, bins: int = 41) -> pd.DataFrame:
    """Columns low, high (edges of the bin), share (% of the weights), over [−reach, reach].

    An odd number of bins has one centered on 0.
    """
    values = np.asarray(array, dtype=np.float64).ravel()
    counts, edges = np.histogram(values, bins=bins, range=(-reach, reach))
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "share": 100 * counts / max(values.size, 1)})


def filters(array: npt.NDArray[Any]) -> pd.DataFrame:
    """Columns filter (from 1), row, column (from 0), value, for weights of shape (C, 1, 3, 3)."""
    count, _, height, width = array.shape
    index = np.indices((count, height, width)).reshape(3, -1)
    values = np.asarray(array, dtype=np.float64)[:, 0].ravel()
    return pd.DataFrame({"filter": index[0] + 1, "row": index[1], "column": index[2], "value": values})
