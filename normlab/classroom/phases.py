"""How a question goes through a class, and how an experiment does.

A question: lobby → open → closed → (open 2 → closed 2) → revealed. An experiment: lobby → open (everybody gets a run
and predicts) → running (they are trained) → revealed, once.
"""

from collections.abc import Mapping
from enum import StrEnum

from normlab.classroom.refusals import NotNow

ROUNDS = (1, 2)


class Phase(StrEnum):
    """Where a question is: not yet asked, asked, no answers any more, its runs being trained, or all of it shown."""

    LOBBY = "lobby"
    OPEN = "open"
    CLOSED = "closed"
    RUNNING = "running"
    REVEALED = "revealed"

    @property
    def is_under_way(self) -> bool:
        """Whether the class stays here: answers are taken, or runs are being trained."""
        return self in (Phase.OPEN, Phase.RUNNING)


class Step(StrEnum):
    """What a teacher does with the question that the class is at."""

    OPEN = "open"
    CLOSE = "close"
    REOPEN = "reopen"
    AGAIN = "again"
    REVEAL = "reveal"
    START = "start"
    FINISH = "finish"


State = tuple[Phase, int]
"""The phase, and the round of votes: 1, or 2 after the talk with the neighbor."""

_Ways = Mapping[Step, Mapping[State, State]]

_QUESTION: _Ways = {
    Step.OPEN: {(Phase.LOBBY, 1): (Phase.OPEN, 1)},
    Step.CLOSE: {(Phase.OPEN, number): (Phase.CLOSED, number) for number in ROUNDS},
    Step.REOPEN: {(Phase.CLOSED, number): (Phase.OPEN, number) for number in ROUNDS},
    Step.AGAIN: {(Phase.CLOSED, 1): (Phase.OPEN, 2)},
    Step.REVEAL: {(Phase.CLOSED, number): (Phase.REVEALED, number) for number in ROUNDS},
}
_EXPERIMENT: _Ways = {
    Step.OPEN: {(Phase.LOBBY, 1): (Phase.OPEN, 1)},
    Step.START: {(Phase.OPEN, 1): (Phase.RUNNING, 1)},
    Step.FINISH: {(Phase.RUNNING, 1): (Phase.REVEALED, 1)},
}


def steps(state: State, *, is_experiment: bool = False) -> list[Step]:
    """What can be done from here."""
    return [step for step, ways in _ways(is_experiment).items() if state in ways]


def after(step: Step, state: State, *, is_experiment: bool = False) -> State:
    """Where the step leads. Raises `NotNow` if it cannot be done from here."""
    ways = _ways(is_experiment).get(step, {})
    if state not in ways:
        what, (phase, number) = "experiment" if is_experiment else "question", state
        raise NotNow(f"The {what} is {phase}{' for the second time' if number > 1 else ''}: it cannot {_DOES[step]}.")
    return ways[state]


def _ways(is_experiment: bool) -> _Ways:
    return _EXPERIMENT if is_experiment else _QUESTION


_DOES = {
    Step.OPEN: "be opened",
    Step.CLOSE: "be closed",
    Step.REOPEN: "be opened again",
    Step.AGAIN: "be voted on a second time",
    Step.REVEAL: "be revealed before it is closed",
    Step.START: "be started",
    Step.FINISH: "be finished",
}
