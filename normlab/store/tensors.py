"""tensors.safetensors: the snapshots of a run, small and without pickle."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from normlab.record import Snapshot
from normlab.store.layout import Damage

Array = npt.NDArray[Any]
_HALF = float(np.finfo(np.float16).max)


def encode(snapshots: Iterable[Snapshot]) -> bytes:
    """Keys `<epoch>/weights/<name>`, `<epoch>/predicted`, `<epoch>/confidence`.

    Weights are kept in half precision, cut to its range, but for the last epoch's; confidence as round(255·p), uint8.
    """
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.epoch)
    arrays: dict[str, Array] = {}
    for snapshot in ordered:
        last = snapshot is ordered[-1]
        for name, weight in snapshot.weights.items():
            arrays[f"{snapshot.epoch}/weights/{name}"] = np.ascontiguousarray(weight if last else _halved(weight))
        arrays[f"{snapshot.epoch}/predicted"] = np.ascontiguousarray(snapshot.predicted, dtype=np.uint8)
        confidence = np.rint(255 * np.nan_to_num(snapshot.confidence)).clip(0, 255)
        arrays[f"{snapshot.epoch}/confidence"] = confidence.astype(np.uint8)
    return bytes(save(arrays))


def _halved(weight: Array) -> Array:
    if not np.issubdtype(weight.dtype, np.floating):
        return weight
    return np.clip(weight, -_HALF, _HALF).astype(np.float16)


def epochs(path: Path) -> tuple[int, ...]:
    """The epochs that have a snapshot. Raises `Damage`."""
    try:
        with safe_open(path, framework="numpy") as file:
            return tuple(sorted({int(key.split("/")[0]) for key in file.keys()}))  # noqa: SIM118  # it is no mapping
    except (SafetensorError, OSError, ValueError) as error:
        raise Damage(f"{path.name} cannot be read ({error}).") from None


def decode(path: Path, epoch: int) -> Snapshot:
    """The snapshot after `epoch`, floats as float32. Raises `KeyError` if there is none, `Damage` if it is broken."""
    start = f"{epoch}/"
    try:
        with safe_open(path, framework="numpy") as file:
            found = {key: file.get_tensor(key) for key in file.keys() if key.startswith(start)}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise Damage(f"{path.name} cannot be read ({error}).") from None
    if not found:
        raise KeyError(f"{path.parent.name} has no snapshot of epoch {epoch}")
    prefix = f"{start}weights/"
    weights = {key.removeprefix(prefix): _full(array) for key, array in found.items() if key.startswith(prefix)}
    confidence = found[f"{start}confidence"].astype(np.float32) / np.float32(255)
    return Snapshot(epoch, weights, found[f"{start}predicted"], confidence)


def _full(array: Array) -> Array:
    return array.astype(np.float32) if array.dtype == np.float16 else array
