"""What this session's worksheet shows: the chosen norm and cell, the sheets' values, and the written statistics.

The address says which norm, sheet and cell are looked at, so that a teacher can link to them; values that were changed
stay in the session, and in the browser's tab (`kept`).
"""

from dataclasses import astuple, dataclass, replace
from enum import StrEnum

import streamlit as st

from normlab.app.shell import tab
from normlab.app.shell.page import Part
from normlab.app.shell.views import View, number, one_of, whole
from normlab.choices import Norm
from normlab.normmath import Cell, Values, blocks
from normlab.norms import divisors
from normlab.worksheet import STUDY_GROUPS, Statistic, StudyLayer, filled, published, statistics, study_values

_VALUES, _WRITTEN = "worksheet-values", "worksheet-written"
_FIRST = Cell(0, 0, 0, 0)


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

    @property
    def own_groups(self) -> int:
        """0 where the norm has no groups."""
        return self.groups if self.norm.spec.is_grouped else 0

    def fitting(self, values: Values) -> "Choice":
        """The nearest choice that these (N, C, H, W) values allow."""
        cell = Cell(
            *(min(max(place, 0), size - 1) for place, size in zip(astuple(self.cell), values.shape, strict=True))
        )
        return replace(self, cell=cell, groups=max(g for g in divisors(values.shape[1]) if g <= self.groups))


def key(name: str) -> str:
    """The session key of a widget of this page."""
    return f"worksheet-{name}"


def _place(name: str, default: int = 1) -> View:
    """A number that counts from 1."""
    known = {str(place): place for place in range(1, 10)}
    return View(
        "worksheet", name, default, str, lambda asked: known.get(asked.strip()), "must be a whole number from 1 to 9"
    )


FACTORS = 100.0
"""The greatest γ and β, and with a minus sign the least."""

NORM = one_of("worksheet", "norm", tuple(Norm), str)
GROUPS = _place("groups", STUDY_GROUPS)
SHEET = one_of("worksheet", "sheet", (Source.N, Source.N_PLUS_1, Source.OWN), str)
CELL = tuple(_place(axis) for axis in ("image", "channel", "row", "column"))
SHOWN = one_of("worksheet", "shown", ("x", "hat", "y"))
SOLUTION = one_of("worksheet", "solution", ("shown", "hidden"))
GAMMA, BETA = (
    number("worksheet", name, default, -FACTORS, FACTORS) for name, default in (("gamma", 1.0), ("beta", 0.0))
)
SEED = whole("worksheet", "seed", 0, 999_999)
"""Of random values. The address does not hold it: the values are not in it either."""

VIEWS = (NORM, GROUPS, SHEET, *CELL, SHOWN, SOLUTION, GAMMA, BETA)


def current() -> Choice:
    """What is chosen, as the sheet allows it."""
    groups, source = int(GROUPS.chosen), Source(SHEET.chosen)
    cell = Cell(*(int(view.chosen) - 1 for view in CELL))
    choice = Choice(Norm(NORM.chosen), groups, source, cell, float(GAMMA.chosen), float(BETA.chosen))
    return choice.fitting(values(source))


class _Fitting(Part):
    """Keeps the choice within the sheet."""

    def settle(self, *, is_back: bool) -> None:
        if tab.is_awaited(tab.SHEETS):  # the reader's own sheet may be larger
            return
        choice = current()
        GROUPS.set(choice.groups)
        look_at(choice.cell)


PARTS = (*VIEWS, _Fitting())


def look_at(cell: Cell) -> None:
    """From now on at this cell."""
    for view, place in zip(CELL, astuple(cell), strict=True):
        view.set(place + 1)


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
    keep(Source.OWN, changed)
    _forget_written(Source.OWN)
    SHEET.set(Source.OWN)
    st.session_state.pop(key("paste-problem"), None)


Written = dict[Statistic, list[float | None]]


def written(choice: Choice) -> Written:
    """The statistics that stand written beside the right ones, a number a block: the study's, or the reader's own."""
    place = (choice.source, choice.norm, choice.own_groups)
    if place not in _all_written():
        _all_written()[place] = as_published(choice)
    return _all_written()[place]


def is_solved() -> bool:
    """Whether the page shows the arithmetic and the right numbers, or leaves them as an exercise."""
    return bool(SOLUTION.chosen == "shown")


def is_published(choice: Choice) -> bool:
    """Whether the study wrote statistics for this choice."""
    return all(_published(choice, statistic) for statistic in statistics(choice.norm))


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
    edition: int = st.session_state.get(key("edition"), 0)
    return edition


def is_changed(choice: Choice) -> bool:
    """Whether this sheet, or what is written beside it, is no longer the original."""
    return is_retyped(choice.source) or written(choice) != as_published(choice)


def is_retyped(source: Source) -> bool:
    """Whether this sheet's values are no longer the original."""
    now, before = values(source), original(source)
    return now.shape != before.shape or not bool((now == before).all())


def _all_written() -> dict[tuple[Source, Norm, int], Written]:
    written: dict[tuple[Source, Norm, int], Written] = st.session_state.setdefault(_WRITTEN, {})
    return written


def all_written() -> list[tuple[Choice, Written]]:
    """What is written, the study's or the reader's own, for every choice that was looked at in this session."""
    return [
        (Choice(norm, groups or STUDY_GROUPS, source), written)
        for (source, norm, groups), written in _all_written().items()
    ]


def as_published(choice: Choice) -> Written:
    """What is written for the choice before anybody changes it."""
    count = len(blocks(choice.norm, values(choice.source).shape, choice.groups))
    return {statistic: list(_published(choice, statistic) or [None] * count) for statistic in statistics(choice.norm)}


def _published(choice: Choice, statistic: Statistic) -> tuple[float, ...] | None:
    if choice.source is Source.OWN:
        return None
    return published(StudyLayer(choice.source), choice.norm, choice.groups, statistic)
