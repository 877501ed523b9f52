"""What this session's worksheet shows: the chosen norm and cell, the sheets' values, and the written statistics.

The address says which norm, sheet and cell are looked at, so that a teacher can link to them; values that were changed
stay in the session. Widgets hold raw values under `key(name)`; the choice is kept apart because a widget that is not
shown is forgotten.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from enum import StrEnum

import streamlit as st

from normlab.app import address
from normlab.choices import Norm
from normlab.normmath import Cell, Values, blocks, divisors
from normlab.worksheet import STUDY_GROUPS, Statistic, StudyLayer, filled, published, study_values

_CHOICE, _VALUES, _WRITTEN = "worksheet", "worksheet-values", "worksheet-written"
_AXES = ("image", "channel", "row", "column")
_FIRST = Cell(0, 0, 0, 0)
_PLACES = {str(place) for place in range(1, 10)}

Raw = str | int | float


class Source(StrEnum):
    """Which sheet: the study's two layers, or one of the reader's own."""

    N = StudyLayer.N.value
    N_PLUS_1 = StudyLayer.N_PLUS_1.value
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is looked at; `cell` counts from 0, on the page and in the address everything counts from 1."""

    norm: Norm = Norm.BN
    groups: int = STUDY_GROUPS
    source: Source = Source.N
    cell: Cell = _FIRST
    gamma: float = 1.0
    beta: float = 0.0

    def fitting(self, values: Values) -> "Choice":
        """The nearest choice that these (N, C, H, W) values allow."""
        cell = Cell(
            *(min(max(place, 0), size - 1) for place, size in zip(astuple(self.cell), values.shape, strict=True))
        )
        return replace(self, cell=cell, groups=max(g for g in divisors(values.shape[1]) if g <= self.groups))


def key(name: str) -> str:
    """The session key of a widget of this page."""
    return f"worksheet-{name}"


def current() -> Choice:
    """The choice of the address, if it is new, else that of the widgets; it always fits the sheet."""
    kept: Choice = st.session_state.get(_CHOICE, Choice())
    choice = _from_query(address.own(), kept) if address.is_news(_CHOICE) else _from_widgets(kept)
    choice = choice.fitting(values(choice.source))
    adopt(choice)
    _write(choice)
    return choice


def adopt(choice: Choice) -> None:
    """Look at `choice` from now on; it goes into the widgets."""
    st.session_state[_CHOICE] = choice
    for name, value in _raw(choice).items():
        st.session_state[key(name)] = value


def choose(cell: Cell) -> None:
    """For callbacks: look at another cell."""
    address.acknowledge()
    for axis, place in zip(_AXES, astuple(cell), strict=True):
        st.session_state[key(axis)] = place + 1


def _raw(choice: Choice) -> dict[str, Raw]:
    """As widgets hold it."""
    cell = {axis: place + 1 for axis, place in zip(_AXES, astuple(choice.cell), strict=True)}
    rest = {"norm": choice.norm, "groups": choice.groups, "sheet": choice.source}
    return {**rest, **cell, "gamma": choice.gamma, "beta": choice.beta}


def _from_widgets(kept: Choice) -> Choice:
    return _choice({name: st.session_state.get(key(name), value) for name, value in _raw(kept).items()})


def _choice(raw: Mapping[str, Raw]) -> Choice:
    cell = Cell(*(int(raw[axis]) - 1 for axis in _AXES))
    norm, source = Norm(str(raw["norm"])), Source(str(raw["sheet"]))
    return Choice(norm, int(raw["groups"]), source, cell, float(raw["gamma"]), float(raw["beta"]))


def _from_query(query: Mapping[str, str], kept: Choice) -> Choice:
    """What the address says; what it leaves out, or says in vain, is as before."""
    raw = _raw(kept)
    for name, known in {"norm": Norm, "sheet": Source}.items():
        if query.get(name) in set(known):
            raw[name] = query[name]
    for name in ("groups", *_AXES):
        if query.get(name) in _PLACES:
            raw[name] = int(query[name])
    return _choice(raw)


def _write(choice: Choice) -> None:
    names = ("norm", *(["groups"] if choice.norm is Norm.GN else []), "sheet", *_AXES)
    address.put({name: str(_raw(choice)[name]) for name in names})


def values(source: Source) -> Values:
    """The sheet's (N, C, H, W) values in this session."""
    kept: dict[Source, Values] = st.session_state.setdefault(_VALUES, {})
    if source not in kept:
        kept[source] = original(source)
    return kept[source]


def original(source: Source) -> Values:
    """As the sheet was before anything was changed."""
    return filled((4, 4, 2, 2), seed=0) if source is Source.OWN else study_values(StudyLayer(source))


def keep(source: Source, changed: Values) -> None:
    """Replace a sheet's values; what is written beside them stays, to be compared."""
    values(source)
    st.session_state[_VALUES][source] = changed


def use_own(changed: Values) -> None:
    """For callbacks: `changed` becomes the reader's own sheet, and is shown."""
    address.acknowledge()
    keep(Source.OWN, changed)
    _forget_written(Source.OWN)
    st.session_state[key("sheet")] = Source.OWN
    st.session_state.pop(key("paste-problem"), None)


Written = dict[Statistic, list[float | None]]


def written(choice: Choice) -> Written:
    """The statistics that stand written beside the right ones, a number a block: the study's, or the reader's own."""
    place = (choice.source, choice.norm, choice.groups if choice.norm is Norm.GN else 0)
    if place not in _all_written():
        _all_written()[place] = _as_published(choice)
    return _all_written()[place]


def is_published(choice: Choice) -> bool:
    """Whether the study wrote statistics for this choice."""
    return choice.source is not Source.OWN and _published(choice, Statistic.MEAN) is not None


def restore(choice: Choice) -> None:
    """Callback: this sheet's values, and all that is written beside them, as they were."""
    st.session_state[_VALUES].pop(choice.source, None)
    _forget_written(choice.source)


def _forget_written(source: Source) -> None:
    for place in [place for place in _all_written() if place[0] is source]:
        del _all_written()[place]
    st.session_state[key("edition")] = edition() + 1


def edition() -> int:
    """Rises where a table must forget what was typed into it."""
    number: int = st.session_state.get(key("edition"), 0)
    return number


def is_changed(choice: Choice) -> bool:
    """Whether this sheet, or what is written beside it, is no longer the original."""
    now, before = values(choice.source), original(choice.source)
    same = now.shape == before.shape and bool((now == before).all())
    return not same or written(choice) != _as_published(choice)


def _all_written() -> dict[tuple[Source, Norm, int], Written]:
    found: dict[tuple[Source, Norm, int], Written] = st.session_state.setdefault(_WRITTEN, {})
    return found


def _as_published(choice: Choice) -> Written:
    count = len(blocks(choice.norm, values(choice.source).shape, choice.groups))
    return {statistic: list(_published(choice, statistic) or [None] * count) for statistic in Statistic}


def _published(choice: Choice, statistic: Statistic) -> tuple[float, ...] | None:
    if choice.source is Source.OWN:
        return None
    return published(StudyLayer(choice.source), choice.norm, choice.groups, statistic)
