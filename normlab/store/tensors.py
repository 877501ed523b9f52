"""tensors.safetensors: the snapshots of a run, small and without pickle."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from normlab.config import RunConfig
from normlab.datasets import CLASSES
from normlab.describe import tensor_shapes
from normlab.record import Snapshot
from normlab.store.layout import TENSORS, Damage

Array = npt.NDArray[Any]
_HALF, _FULL = float(np.finfo(np.float16).max), float(np.finfo(np.float32).max)
_KEY = re.compile(r"(0|[1-9][0-9]{0,8})/(.+)", re.DOTALL)
_WEIGHTS = "weights/"


def encode(snapshots: Iterable[Snapshot]) -> bytes:
    """Keys `<epoch>/weights/<name>`, `<epoch>/predicted`, `<epoch>/confidence`.

    Weights are cut to the range of their type and kept in half precision, but for the last epoch's; confidence as
    round(255·p), uint8.
    """
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.epoch)
    arrays: dict[str, Array] = {}
    for snapshot in ordered:
        last = snapshot is ordered[-1]
        for name, weight in snapshot.weights.items():
            arrays[f"{snapshot.epoch}/{_WEIGHTS}{name}"] = _stored(weight, last=last)
        arrays[f"{snapshot.epoch}/predicted"] = np.ascontiguousarray(snapshot.predicted, dtype=np.uint8)
        confidence = np.rint(255 * np.nan_to_num(snapshot.confidence)).clip(0, 255)
        arrays[f"{snapshot.epoch}/confidence"] = confidence.astype(np.uint8)
    return bytes(save(arrays))


def _stored(weight: Array, *, last: bool) -> Array:
    kind, most = (np.float32, _FULL) if last else (np.float16, _HALF)
    return np.ascontiguousarray(np.clip(weight, -most, most), dtype=kind)


def check(content: bytes, config: RunConfig, epochs: int) -> tuple[int, ...]:
    """The epochs that have a snapshot, after all of them were compared with what `config` demands. Raises `Damage`."""
    snapshots = _snapshots(content)
    kept = tuple(sorted(snapshots))
    if not kept:
        raise Damage(f"{TENSORS} holds no snapshot.")
    if kept[-1] > epochs:
        raise Damage(f"{TENSORS} has a snapshot of epoch {kept[-1]}, but the run ended after {epochs}.")
    for epoch in kept:
        _check_snapshot(snapshots[epoch], config, epoch, last=epoch == kept[-1])
    return kept


def decode(content: bytes, config: RunConfig, epoch: int) -> Snapshot:
    """The snapshot after `epoch`, floats as float32. Raises `Damage` if it is not what `config` demands."""
    snapshots = _snapshots(content)
    found = snapshots.get(epoch, {})
    _check_snapshot(found, config, epoch, last=epoch == max(snapshots, default=epoch))
    weights = {name: found[f"{_WEIGHTS}{name}"].astype(np.float32) for name in sorted(tensor_shapes(config.model))}
    confidence = found["confidence"].astype(np.float32) / np.float32(255)
    return Snapshot(epoch, weights, found["predicted"], confidence)


def _snapshots(content: bytes) -> Mapping[int, Mapping[str, Array]]:
    """The arrays of each epoch. The library compares the header's sizes with the content's before it copies any."""
    try:
        arrays = load(content)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damage(f"{TENSORS} cannot be read ({error}).") from None
    found: dict[int, dict[str, Array]] = defaultdict(dict)
    for key, array in arrays.items():
        match = _KEY.fullmatch(key)
        if match is None:
            raise Damage(f"{TENSORS} has an array {key[:60]!r} of no epoch.")
        found[int(match[1])][match[2]] = array
    return found


def _check_snapshot(arrays: Mapping[str, Array], config: RunConfig, epoch: int, *, last: bool) -> None:
    kind, images = np.float32 if last else np.float16, (config.data.dataset.spec.test,)
    demanded: dict[str, tuple[tuple[int, ...], type]] = {
        **{f"{_WEIGHTS}{name}": (shape, kind) for name, shape in tensor_shapes(config.model).items()},
        "predicted": (images, np.uint8),
        "confidence": (images, np.uint8),
    }
    if arrays.keys() != demanded.keys():
        name = sorted(arrays.keys() ^ demanded.keys())[0]
        raise Damage(f"{TENSORS} {'lacks' if name in demanded else 'has an unknown'} {epoch}/{name[:60]}.")
    for name, (shape, expected) in demanded.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != expected:
            raise Damage(
                f"{TENSORS} has {epoch}/{name} as {array.dtype} {array.shape}; its settings demand "
                f"{np.dtype(expected)} {shape}."
            )
        if expected is not np.uint8 and not np.isfinite(array).all():
            raise Damage(f"{TENSORS} has a number in {epoch}/{name} that is not finite.")
    if arrays["predicted"].max() >= CLASSES:
        raise Damage(f"{TENSORS} has a prediction in epoch {epoch} that is none of {CLASSES} classes.")
