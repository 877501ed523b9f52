"""What the store holds, in short: to find runs near a configuration."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

import streamlit as st

from normlab.app.shell import cached
from normlab.config import RunConfig
from normlab.identity import canonical, run_id
from normlab.record import Status
from normlab.settings import flat
from normlab.store import representative


@dataclass(frozen=True, slots=True)
class Entry:
    """A run that ended: finished, or diverged."""

    config: RunConfig
    status: Status
    seconds: float
    shipped: bool
    test_accuracy: float | None
    started: str


@st.cache_resource(ttl=30, show_spinner=False)
def entries() -> Sequence[Entry]:
    """All runs that ended, as they were at most half a minute ago."""
    return [
        Entry(run.config, run.status, run.record.seconds, run.shipped, run.record.test_accuracy, run.record.started)
        for run in cached.store().list()
        if run.status in (Status.FINISHED, Status.DIVERGED) and run.record is not None
    ]


def nearest(config: RunConfig, count: int = 3, fits: Callable[[RunConfig], bool] = lambda _: True) -> list[RunConfig]:
    """Finished runs that differ from `config` in the fewest settings, its own data set first.

    One run of each arm, that which stands for those of its runs that may be shown (`fits`).
    """
    near: dict[RunConfig, list[RunConfig]] = {}
    finished = [entry.config for entry in entries() if entry.status is Status.FINISHED and fits(entry.config)]
    for other in sorted(finished, key=lambda other: _distance(config, other)):
        near.setdefault(replace(other, seed=0), []).append(other)
    return [_standing(arm) for arm in islice(near.values(), count)]


def _standing(arm: Sequence[RunConfig]) -> RunConfig:
    """The run that stands for these seeds; the first where none can be read."""
    if len(arm) == 1:
        return arm[0]
    named = {cached.store().representative(config) for config in arm}  # each itself, where the manifest names none
    if len(named) == 1 and named <= set(arm):
        return named.pop()
    runs = [run for config in arm if (run := cached.store().read(run_id(config))) is not None]
    return representative(runs).config if runs else arm[0]


def _distance(one: RunConfig, other: RunConfig) -> tuple[bool, int, int, float, int]:
    """Another data set, settings but the seed that differ, then how far norms, dropout and seeds are apart."""
    first, second = _settings(one), _settings(other)
    differing = {name for name, value in first.items() if second[name] != value} - {"seed"}
    return (
        one.data.dataset is not other.data.dataset,
        len(differing),
        len({*one.model.norms} ^ {*other.model.norms}),
        abs(one.model.dropout - other.model.dropout),
        abs(one.seed - other.seed),
    )


@lru_cache(maxsize=4096)
def _settings(config: RunConfig) -> Mapping[str, Any]:
    return flat(canonical(config))
