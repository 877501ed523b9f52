"""The networks that are put under stress: up to five arms, each with all of its seeds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from normlab.app.compare import picks
from normlab.app.compare.picks import Pick
from normlab.app.shell import cached, widgets
from normlab.app.shell.page import Part
from normlab.app.shell.words import plain
from normlab.charts.theme import run_colors
from normlab.choices import Dataset
from normlab.compare import Arm, find
from normlab.config import ModelConfig, RunConfig
from normlab.identity import run_id
from normlab.labels import config_labels
from normlab.presets import SINGLE_NORMS
from normlab.record import Status
from normlab.settings import changed
from normlab.store import representative

MOST = 5
KEYS = "abcde"
"""The networks' names in an address."""

_CHOSEN, _KEPT = "stress-networks", "stress-kept-networks"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A trained network: one seed of an arm, as it was made in an attempt."""

    config: RunConfig
    run_id: str
    attempt: str
    shipped: bool


@dataclass(frozen=True, slots=True)
class Network:
    """An arm as it is shown: `color` is a role, `repeats` are its seeds in order, `typical` the one that stands for it
    where a single one is shown."""

    label: str
    color: str
    model: ModelConfig
    dataset: Dataset
    repeats: tuple[Repeat, ...]
    typical: Repeat


def shown() -> list[Network]:
    """The chosen arms of which a trained network is here, in order."""
    arms = [arm for pick in _chosen() if (arm := find(picks.known(), pick.config, pick.seed)) and arm.runs]
    standing = [_standing(arm) for arm in arms]
    colors = run_colors(standing)
    found = []
    labels = config_labels([arm.config if arm.seed is None else one for arm, one in zip(arms, standing, strict=True)])
    for arm, one, label, color in zip(arms, standing, labels, colors, strict=True):
        repeats = tuple(each for config in arm.runs if (each := _repeat(config)))
        typical = next((each for each in repeats if each.config == one), None)
        if typical is not None:
            found.append(Network(label, color, one.model, one.data.dataset, repeats, typical))
    return found


def choose() -> None:
    """The box in which they are chosen."""
    with_runs = [Pick(arm.config) for arm in picks.known() if arm.runs]
    same = _chosen()[0].config.data.dataset if _chosen() else None
    options = [pick for pick in with_runs if same in (None, pick.config.data.dataset)]
    widgets.multiselect(
        "Networks",
        list(dict.fromkeys([*_chosen(), *options])),
        _chosen(),
        format_func=lambda pick: pick.title,
        key=_CHOSEN,
        max_selections=MOST,
        help=f"Each stands for all finished runs that differ only in the seed; up to {MOST}, of one data set.",
        placeholder="Choose networks",
        wrap=True,
    )


def _chosen() -> list[Pick]:
    chosen: list[Pick] = st.session_state.get(_KEPT, [])
    return chosen


def _default() -> list[Pick]:
    """The default recipe without a norm and with each that can learn; without these, whatever is here."""
    usual = [changed(RunConfig(), {"norms": norms}) for norms in SINGLE_NORMS]
    if found := [Pick(config) for config in usual if find(picks.known(), config)]:
        return found
    arms = [arm for arm in picks.known() if arm.runs]
    return [Pick(arm.config) for arm in arms if arm.config.data.dataset is arms[0].config.data.dataset][:MOST]


def _standing(arm: Arm) -> RunConfig:
    """The run that stands for the arm."""
    if arm.seed is not None or len(arm.runs) == 1:
        return arm.runs[0]
    named = cached.store().representative(arm.config)
    if named in arm.runs:
        return named
    runs = cached.runs(arm)
    return representative(runs).config if runs else arm.runs[0]


def _repeat(config: RunConfig) -> Repeat | None:
    name = run_id(config)
    cached.looks().note(cached.session_id(), name)
    summary = cached.store().ended(name)
    if summary is None or summary.record is None or summary.status is not Status.FINISHED:
        return None
    return Repeat(config, name, summary.record.attempt, summary.shipped)


class _Networks(Part):
    @property
    def names(self) -> Collection[str]:
        return tuple(KEYS)

    def read(self, asked: Mapping[str, str]) -> list[str]:
        found: list[Pick] = []
        refused: list[str] = []
        for text in (asked[name] for name in KEYS if name in asked):
            pick, messages = picks.parse(text)
            refused += messages
            arm = find(picks.known(), pick.config, pick.seed)
            if arm is None or not arm.runs:
                refused.append(f"{plain(pick.title)}: no such run has ended here. Train it in the lab first.")
            elif found and pick.config.data.dataset is not found[0].config.data.dataset:
                refused.append(f"{plain(pick.title)}: networks side by side must be of one data set.")
            elif pick not in found:
                found.append(pick)
        _keep(found or _default())
        st.session_state[_CHOSEN] = _chosen()
        return refused

    def query(self) -> dict[str, str]:
        chosen = _chosen()
        return {} if chosen == _default() else dict(zip(KEYS, (pick.text for pick in chosen), strict=False))

    def settle(self, *, is_back: bool) -> None:
        _keep(st.session_state.setdefault(_CHOSEN, _chosen()))


def _keep(chosen: Sequence[Pick]) -> None:
    st.session_state[_KEPT] = list(chosen)


NETWORKS = _Networks()
