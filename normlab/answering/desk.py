"""Who waits for which answers, who is next, and what is known: the policy, without threads and processes."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from normlab.stresses import Stress

MOST_ANSWERS = 16_384
"""That are kept, of about a kilobyte each; of more, those that nobody has looked at for longest are forgotten."""

PATIENCE = 10.0
"""Seconds after which a visitor who does not ask again has left."""

REFUSED = 30.0
"""Seconds until what was refused is tried again for whoever asks."""


NOBODY = ""
"""The visitor in whose name answers are prepared that somebody may soon want."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the network of a run, made in this `attempt`, answers to the sample's images under a stress. Two stresses
    with one outcome are one question if they are `Stress.effective`."""

    run_id: str
    attempt: str
    stress: Stress


@dataclass(frozen=True, slots=True)
class Answer:
    """The class of each of the sample's images (bytes 0 to 9), how many of them are right, and how many are others than
    those of the network as it was trained."""

    answers: bytes
    right: int
    changed: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer, in one sentence."""

    reason: str


@dataclass(slots=True)
class _Visitor:
    """`groups` of questions, the most urgent first; `heard` is when it asked, `served` which turn it had last."""

    groups: Sequence[Sequence[Question]]
    heard: float
    served: int = 0


class Desk:
    """Not for several threads at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST_ANSWERS) -> None:
        self._clock, self._most = clock, most
        self._visitors: dict[str, _Visitor] = {}
        self._answers: OrderedDict[Question, Answer] = OrderedDict()
        self._refusals: dict[Question, tuple[Refusal, float]] = {}
        self._turns = 0

    def ask(self, visitor: str, groups: Sequence[Sequence[Question]]) -> None:
        """The visitor wants these answers, the first group soonest, and none that it asked for before."""
        served = self._visitors[visitor].served if visitor in self._visitors else self._turns
        self._visitors[visitor] = _Visitor(groups, self._clock(), served)

    def known(self, questions: Iterable[Question]) -> Mapping[Question, Answer | Refusal]:
        """What is known of these."""
        found: dict[Question, Answer | Refusal] = {}
        for question in questions:
            if (answer := self._answers.get(question)) is not None:
                self._answers.move_to_end(question)
                found[question] = answer
            elif (refusal := self._refused(question)) is not None:
                found[question] = refusal
        return found

    def next(self) -> Question | None:
        """What is to be answered now: of the visitors whose question is the most urgent, he who has waited longest is
        served. None if nobody waits."""
        self._dismiss()
        first = [(*self._of(visitor), visitor) for visitor in self._visitors.values()]
        waiting = [(rank, visitor.served, question, visitor) for rank, question, visitor in first if question]
        if not waiting:
            return None
        _, _, question, visitor = min(waiting, key=lambda each: each[:2])
        self._turns += 1
        visitor.served = self._turns
        return question

    def answer(self, question: Question, found: Answer | Refusal) -> None:
        """Keep it for everybody."""
        if isinstance(found, Refusal):
            self._refusals[question] = found, self._clock()
            return
        self._answers[question] = found
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)

    def refuse_all(self, reason: str) -> None:
        """Nothing that is waited for can be answered."""
        for visitor in self._visitors.values():
            for question in (question for group in visitor.groups for question in group):
                if question not in self._answers:
                    self.answer(question, Refusal(reason))

    def waiting(self, visitor: str) -> int:
        """How many other visitors wait for an answer."""
        self._dismiss()
        others = (one for name, one in self._visitors.items() if name not in (visitor, NOBODY))
        return sum(self._of(one)[1] is not None for one in others)

    def _of(self, visitor: _Visitor) -> tuple[int, Question | None]:
        """The visitor's first unanswered question, if there is one, and the rank of its group."""
        for rank, group in enumerate(visitor.groups):
            for question in group:
                if question not in self._answers and self._refused(question) is None:
                    return rank, question
        return 0, None

    def _refused(self, question: Question) -> Refusal | None:
        refusal, when = self._refusals.get(question, (None, 0.0))
        if refusal is not None and self._clock() - when > REFUSED:
            del self._refusals[question]
            return None
        return refusal

    def _dismiss(self) -> None:
        late = self._clock() - PATIENCE
        self._visitors = {name: one for name, one in self._visitors.items() if one.heard >= late}
