"""The same run again from the same start with one setting changed: which changes keep the start, and what they may be.

All runs of a seed share their random streams, purpose by purpose (`training/seeds.py`). So a setting that changes
neither the layers nor which images there are leaves the initial weights and the order of the images as they were.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

from normlab.choices import (
    Augmentation,
    BlockNumber,
    DropoutPlace,
    L1Step,
    Norm,
    Optimizer,
    Schedule,
    Scope,
    Trainable,
)
from normlab.config import ConfigError, RunConfig
from normlab.describe import starts_at_scale
from normlab.identity import canonical
from normlab.settings import changed, flat

_LAMBDAS = (0.0, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)

_PLACES = (slice(6), slice(5), slice(3), slice(3, 6), slice(5, 6))
"""Blocks with a norm: all, all but the last, either half, the last alone."""

CHANGES: Mapping[str, Callable[[Any], Sequence[Any]]] = {
    "norms": lambda _: [norms for count in range(3) for norms in combinations(Norm, count)],
    "dropout": lambda _: (0.0, 0.05, 0.1, 0.2, 0.3, 0.5),
    "l1": lambda _: _LAMBDAS,
    "l2": lambda _: _LAMBDAS,
    "lr": lambda now: [float(f"{now * factor:.3g}") for factor in (0.1, 0.3, 3, 10)],
    "optimizer": lambda _: tuple(Optimizer),
    "schedule": lambda _: tuple(Schedule),
    "momentum": lambda _: (0.0, 0.5, 0.9, 0.95),
    "groups": lambda _: (1, 2, 4, 8),
    "dropout_place": lambda _: tuple(DropoutPlace),
    "bn_momentum": lambda _: (0.01, 0.1, 0.5, 1.0),
    "ghost_batch": lambda _: (0, 4, 8, 16, 32),
    "l1_scope": lambda _: tuple(Scope),
    "l1_step": lambda _: tuple(L1Step),
    "l2_scope": lambda _: tuple(Scope),
    "label_noise": lambda _: (0.0, 0.1, 0.2, 0.4),
    "augmentation": lambda _: tuple(Augmentation),
    "norm_blocks": lambda _: [tuple(BlockNumber)[at] for at in _PLACES],
    "trainable": lambda _: tuple(Trainable),
    "conv_lr_scale": lambda _: (0.01, 0.1, 1.0, 10.0, 100.0),
    "weight_norms": lambda _: (0.0, 0.5, 1.0, 2.0),
}
"""The settings that keep the start, each with its values; what is offered depends on the present value only for lr."""


@lru_cache(maxsize=256)
def offers(config: RunConfig) -> dict[str, list[Any]]:
    """The changes that are allowed in `config` and have an effect there; settings without one are left out."""
    settings, now = flat(config), canonical(config)
    found: dict[str, list[Any]] = {}
    for name, values in CHANGES.items():
        for value in values(settings[name]):
            try:
                differs = canonical(changed(config, {name: value})) != now
            except ConfigError:
                continue
            if differs:
                found.setdefault(name, []).append(value)
    return found


def same_start(before: RunConfig, after: RunConfig) -> str:
    """What the two runs share, in one sentence."""
    weights = "the same initial weights"
    if starts_at_scale(before.model) != starts_at_scale(after.model):
        weights += " (but for one factor: without a norm they start √6 times larger)"
    return f"Both runs begin with {weights} and see the same images in the same order."
