"""What the store holds, in short: to find runs near a configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import streamlit as st

from normlab.app import cached
from normlab.config import RunConfig
from normlab.identity import canonical
from normlab.record import Status
from normlab.settings import flat


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


def nearest(config: RunConfig, count: int = 3) -> list[RunConfig]:
    """Finished runs that differ from `config` in the fewest settings, one seed of each; its own data set first."""
    near: dict[RunConfig, RunConfig] = {}
    finished = [entry.config for entry in entries() if entry.status is Status.FINISHED]
    for other in sorted(finished, key=lambda other: _distance(config, other)):
        near.setdefault(replace(other, seed=0), other)
        if len(near) == count:
            break
    return list(near.values())


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
