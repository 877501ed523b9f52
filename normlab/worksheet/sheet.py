"""A sheet's size and how it is filled."""

from collections.abc import Mapping

import numpy as np

from normlab.normmath import Values

LIMITS: Mapping[str, tuple[int, int]] = {"images": (1, 6), "channels": (1, 8), "rows": (1, 4), "columns": (1, 4)}
"""Least and most of each axis of (N, C, H, W), so that a sheet still fits a projector."""

MOST = 10_000.0
"""The largest absolute value of a cell."""

Shape = tuple[int, int, int, int]


def filled(shape: Shape, seed: int) -> Values:
    """Whole numbers from −3 to 3, as in the study's sheet; equal seeds give equal sheets."""
    return np.random.default_rng(seed).integers(-3, 4, size=shape).astype(np.float64)


def resized(values: Values, shape: Shape, seed: int) -> Values:
    """What fits `shape` stays where it is; cells that are added are filled at random."""
    result = filled(shape, seed)
    kept = tuple(slice(0, min(old, new)) for old, new in zip(values.shape, shape, strict=True))
    result[kept] = values[kept]
    return result


def shape_problem(shape: tuple[int, ...]) -> str:
    """Why a sheet cannot have this shape, in one sentence; "" if it can."""
    for (axis, (least, most)), size in zip(LIMITS.items(), shape, strict=True):
        if not least <= size <= most:
            return f"{size} {axis} do not fit: a sheet has {least} to {most} {axis}."
    return ""
