"""Who is answered next, and what is remembered."""

from normlab.answering import NOBODY, Answer, Question, Refusal
from normlab.answering.desk import PATIENCE, REFUSED, Desk
from normlab.stresses import Stress

SOME = Answer(b"\x01\x02", 2, 0)


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def question(contrast: float, run: str = "run") -> Question:
    return Question(run, "attempt", Stress(contrast=contrast))


A, B, C, D = (question(tenth / 10) for tenth in range(4))


def served(desk: Desk) -> list[Question]:
    """All that is answered, in order."""
    found = []
    while (asked := desk.next()) is not None:
        desk.answer(asked, SOME)
        found.append(asked)
    return found


def test_questions_are_answered_in_the_order_of_their_urgency() -> None:
    desk = Desk()
    desk.ask("one", [[C], [A, B]])
    assert served(desk) == [C, A, B]


def test_the_newest_position_of_a_slider_wins() -> None:
    desk = Desk()
    desk.ask("one", [[A], [B, C]])
    desk.ask("one", [[D]])
    assert served(desk) == [D]


def test_what_is_most_urgent_for_anybody_comes_first_and_visitors_take_turns() -> None:
    desk = Desk()
    desk.ask("greedy", [[], [question(1 + tenth / 10) for tenth in range(4)]])
    desk.ask("one", [[A, B]])
    desk.ask("two", [[C, D]])
    assert served(desk)[:4] == [A, C, B, D]


def test_an_answer_is_everybodys() -> None:
    desk = Desk()
    desk.ask("one", [[A]])
    served(desk)
    desk.ask("two", [[A]])
    assert desk.next() is None
    assert desk.known([A, B]) == {A: SOME}


def test_whoever_asks_no_more_is_not_waited_on() -> None:
    clock = Clock()
    desk = Desk(clock)
    desk.ask("left", [[A]])
    clock.now = PATIENCE / 2
    desk.ask("here", [[B]])
    clock.now = PATIENCE + 1
    assert desk.waiting("here") == 0
    assert desk.next() == B


def test_it_says_how_many_others_wait() -> None:
    desk = Desk()
    for name, asked in {"one": A, "two": B, "three": C}.items():
        desk.ask(name, [[asked]])
    assert desk.waiting("one") == 2
    desk.ask(NOBODY, [[D]])
    desk.answer(B, SOME)
    assert desk.waiting("one") == 1


def test_of_too_many_answers_those_that_nobody_looks_at_are_forgotten() -> None:
    desk = Desk(most=2)
    desk.answer(A, SOME)
    desk.answer(B, SOME)
    desk.known([A])
    desk.answer(C, SOME)
    assert set(desk.known([A, B, C])) == {A, C}


def test_a_refusal_is_told_once_and_tried_again_later() -> None:
    clock = Clock()
    desk = Desk(clock)
    desk.ask("one", [[A]])
    desk.answer(A, Refusal("No."))
    assert desk.next() is None
    assert desk.known([A]) == {A: Refusal("No.")}
    clock.now = REFUSED + 1
    desk.ask("one", [[A]])
    assert not desk.known([A])
    assert desk.next() == A


def test_what_is_known_stays_when_nothing_more_can_be_computed() -> None:
    desk = Desk()
    desk.answer(A, SOME)
    desk.ask("one", [[A], [B]])
    desk.refuse_all("No process can be started.")
    assert desk.known([A, B]) == {A: SOME, B: Refusal("No process can be started.")}
    assert desk.next() is None
