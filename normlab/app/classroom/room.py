"""The classes of this installation, shared by the page and the routes beside it, and who trains their runs."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from normlab.app.shell import cached
from normlab.classroom import FILE, Classes, Conductor, NotKept, Refusal, disk


@dataclass(frozen=True)
class _Room:
    """`conductor` is None where nothing can be trained."""

    classes: Classes
    conductor: Conductor | None

    def close(self) -> None:
        if self.conductor is not None:
            self.conductor.close()
        self.classes.close()


@st.cache_resource(show_spinner=False, on_release=_Room.close)
def _room() -> _Room:
    folder, limits = cached.store().root, cached.limits()
    if refusal := disk.refusal(folder):
        raise NotKept(refusal)
    made = Classes(folder, most=limits.classes, most_students=limits.students)
    made.tidy()
    can_train = not cached.problem() and cached.engine().workers > 0
    return _Room(made, Conductor(made, cached.engine(), cached.store()) if can_train else None)


def classes() -> Classes:
    """Raises a `NormlabError` where no class can be kept."""
    return _room().classes


def problem() -> str:
    """Why no run of a class can be trained now, in a sentence; "" if all is well."""
    conductor = _room().conductor
    if conductor is None:
        return cached.problem() or "Live training is turned off here (NORMLAB_WORKERS=0)."
    return conductor.problem or cached.engine().problem()


def do(said: str, act: Callable[..., object], *args: object) -> None:
    """Callback: `act(classes(), *args)`; why it cannot be done is kept in the session under the key `said`."""
    try:
        act(classes(), *args)
    except Refusal as problem:
        st.session_state[said] = str(problem)


def tidy() -> None:
    """Delete what is due to go, where there have been classes at all. Raises a `NormlabError` if it cannot be done."""
    if (cached.store().root / FILE).is_file():
        classes().tidy()
