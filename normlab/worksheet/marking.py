"""The worksheet's exercise: cells that a student marks as those that share the chosen value's mean and variance.

What is judged are whole marks, not clicks: what is missing, what is too much, and which misunderstanding would explain
it. Nothing here says what is right before it has been marked.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from normlab.choices import Norm
from normlab.normmath import Cell, Mask, blocks
from normlab.worksheet.answers import listing
from normlab.worksheet.sheet import Shape


@dataclass(frozen=True, slots=True)
class Task:
    """Which cells of a sheet of this `shape` share their statistics with `cell`, for a norm and its groups."""

    norm: Norm
    groups: int
    shape: Shape
    cell: Cell

    @property
    def right(self) -> Mask:
        """The cells that share them, (N, C, H, W)."""
        return next(block for block in blocks(self.norm, self.shape, self.groups) if block.holds(self.cell)).mask(
            self.shape
        )

    def mask(self, places: Iterable[tuple[int, ...]]) -> Mask:
        """Marked places as an array; those outside of the sheet are left out."""
        mask = np.zeros(self.shape, dtype=bool)
        for place in places:
            if len(place) == 4 and all(0 <= at < size for at, size in zip(place, self.shape, strict=True)):
                mask[place] = True
        return mask


def question(task: Task) -> str:
    """What is to be marked, without a hint at how many cells that are."""
    shared = " and ".join(task.norm.spec.statistics)
    return f"Mark all cells whose {shared} {task.norm.spec.title(task.groups)} shares with the framed value."


def judge(task: Task, marked: Mask) -> tuple[str, ...]:
    """What is wrong with the marked cells, a sentence each; empty if they are exactly the right ones."""
    right = task.right
    if (marked == right).all():
        return ()
    if not marked.any():
        return ("Nothing is marked yet.",)
    told = []
    if (other := _resembles(task, marked)) is not None:
        told.append(f"These are the cells of {other.spec.name}: {other.spec.covers}.")
    elif _splits_a_map(marked):
        told.append("A norm never splits a map: all rows and columns of one channel of one image belong together.")
    if (extra := marked & ~right).any():
        told.append(f"Too much: {where(extra)}.")
    if (missing := right & ~marked).any():
        told.append(f"Missing: {where(missing)}.")
    return tuple(told)


def praise(task: Task) -> str:
    """What is said where all is right."""
    spec, count = task.norm.spec, int(task.right.sum())
    shared = " and ".join(f"one {statistic}" for statistic in spec.statistics)
    told = f"these {count} cells share {shared}" if count > 1 else "this cell shares with no other"
    return f"Right: {told}. {spec.name} covers {spec.covers}."


def _resembles(task: Task, marked: Mask) -> Norm | None:
    """Another norm whose cells these would be, for the same value."""
    for norm in Norm:
        other = Task(norm, task.groups, task.shape, task.cell)
        if norm is not task.norm and (other.right == marked).all():
            return norm
    return None


def _splits_a_map(marked: Mask) -> bool:
    return bool((marked.any(axis=(2, 3)) != marked.all(axis=(2, 3))).any())


def where(cells: Mask) -> str:
    """In words, places counted from 1: "channel 2 of images 2–4", "3 cells in image 1", "all cells"."""
    maps, is_whole = np.asarray(cells.any(axis=(2, 3))), not _splits_a_map(cells)
    images, channels = (sorted({*place.tolist()}) for place in np.nonzero(maps))
    is_grid = bool(maps[np.ix_(images, channels)].all())
    parts = [listing("channel", channels)] if is_grid and len(channels) < maps.shape[1] else []
    if len(images) < maps.shape[0] or not (parts or (is_grid and is_whole)):
        parts.append(listing("image", images))
    place = " of ".join(parts)
    if is_grid and is_whole:
        return place or "all cells"
    count = int(cells.sum())
    return f"{count} cell{'' if count == 1 else 's'} in {place}"
