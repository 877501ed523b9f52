"""What a class has answered, in numbers: by round, and who moved from what to what."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from normlab.classroom.questions import UNDECIDED, Answer, Question


@dataclass(frozen=True, slots=True)
class Given:
    """An answer of a student (the number that the class gave) in a round."""

    student: int
    round: int
    answer: Answer
    answered_at: float


def tally(question: Question, given: Sequence[Given]) -> dict[str, Any]:
    """For the wall: of a choice how many chose what in each round, and who moved; else all answers by round."""
    rounds = sorted({one.round for one in given}) or [1]
    by_round = {number: {one.student: one.answer for one in given if one.round == number} for number in rounds}
    answered = {str(number): len(answers) for number, answers in by_round.items()}
    if question.kind == "choice":
        counts = {str(number): dict(Counter(answers.values())) for number, answers in by_round.items()}
        return {"answered": answered, "counts": counts, "moved": _moved(by_round)}
    values = {
        str(number): sorted(answer for answer in answers.values() if answer != UNDECIDED)
        for number, answers in by_round.items()
    }
    return {"answered": answered, "values": values, "middle": {name: _middle(found) for name, found in values.items()}}


def for_students(found: Mapping[str, Any]) -> dict[str, Any]:
    """The same without a single answer of anybody: counts of options, or the middle."""
    return {name: found[name] for name in ("answered", "counts", "middle") if name in found}


def _moved(by_round: Mapping[int, Mapping[int, Answer]]) -> list[list[Any]]:
    """[from, to, how many] of those who answered in both rounds; who stayed is there too, from and to the same."""
    first, second = by_round.get(1, {}), by_round.get(2, {})
    moves = Counter((first[student], second[student]) for student in first if student in second)
    return [[*move, count] for move, count in sorted(moves.items(), key=lambda item: (-item[1], str(item[0])))]


def _middle(values: Sequence[Any]) -> Answer | None:
    """The median; of curves at each point."""
    if not values:
        return None
    if isinstance(values[0], list):
        return [statistics.median(column) for column in zip(*values, strict=True)]
    return float(statistics.median(values))
