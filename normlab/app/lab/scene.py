"""What the lab shows: the race, with which it opens unasked, or a run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from normlab.app.lab import race
from normlab.app.shell.page import Part, joint_query
from normlab.app.shell.views import one_of

RACE, RUN = "race", "run"
SCENE = one_of("lab", "show", (RACE, RUN))
_OF_THE_RACE = frozenset(view.name for view in race.VIEWS)


def is_race() -> bool:
    """Whether the race is shown; where none ships there is none."""
    return bool(SCENE.chosen == RACE and race.is_there())


def show_run() -> None:
    """For whatever is about a run: it is shown from now on."""
    SCENE.set(RUN)


def _unasked(names: Iterable[str]) -> str:
    """What an address with these names opens: the race, unless it says something of a run."""
    return RACE if _OF_THE_RACE.issuperset(names) else RUN


@dataclass(frozen=True)
class Scene(Part):
    """Of what the lab shows; it depends on what the `others` say."""

    others: tuple[Part, ...]
    names = (SCENE.name,)

    def read(self, asked: Mapping[str, str]) -> list[str]:
        refused = SCENE.read(asked)
        if SCENE.name not in asked or refused:
            SCENE.set(_unasked(name for name in asked if name != SCENE.name))
        return refused

    def query(self) -> dict[str, str]:
        if not race.is_there() or SCENE.chosen == _unasked(joint_query(self.others)):
            return {}
        return {SCENE.name: SCENE.text(SCENE.chosen)}
