"""How a question goes through a class: lobby → open → closed → (open 2 → closed 2) → revealed."""

from enum import StrEnum

from normlab.classroom.refusals import NotNow

ROUNDS = (1, 2)


class Phase(StrEnum):
    """Where a question is: not yet asked, asked, no answers any more, or its answers and the result shown."""

    LOBBY = "lobby"
    OPEN = "open"
    CLOSED = "closed"
    REVEALED = "revealed"


class Step(StrEnum):
    """What a teacher does with the question that the class is at."""

    OPEN = "open"
    CLOSE = "close"
    REOPEN = "reopen"
    AGAIN = "again"
    REVEAL = "reveal"


State = tuple[Phase, int]
"""The phase, and the round of votes: 1, or 2 after the talk with the neighbor."""

_AFTER: dict[Step, dict[State, State]] = {
    Step.OPEN: {(Phase.LOBBY, 1): (Phase.OPEN, 1)},
    Step.CLOSE: {(Phase.OPEN, number): (Phase.CLOSED, number) for number in ROUNDS},
    Step.REOPEN: {(Phase.CLOSED, number): (Phase.OPEN, number) for number in ROUNDS},
    Step.AGAIN: {(Phase.CLOSED, 1): (Phase.OPEN, 2)},
    Step.REVEAL: {(Phase.CLOSED, number): (Phase.REVEALED, number) for number in ROUNDS},
}


def steps(state: State) -> list[Step]:
    """What can be done from here."""
    return [step for step, ways in _AFTER.items() if state in ways]


def after(step: Step, state: State) -> State:
    """Where the step leads. Raises `NotNow` if it cannot be done from here."""
    if state not in _AFTER[step]:
        phase, number = state
        raise NotNow(f"The question is {phase}{' for the second time' if number > 1 else ''}: it cannot {_DOES[step]}.")
    return _AFTER[step][state]


_DOES = {
    Step.OPEN: "be opened",
    Step.CLOSE: "be closed",
    Step.REOPEN: "be opened again",
    Step.AGAIN: "be voted on a second time",
    Step.REVEAL: "be revealed before it is closed",
}
