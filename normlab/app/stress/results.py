"""What the networks answer: from results that ship, enough for one slider alone, and from the process that computes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

from normlab.answering import NOBODY, Answer, Question, Refusal, Service
from normlab.app.shell import cached
from normlab.app.stress.networks import Network, Repeat
from normlab.config import ModelConfig
from normlab.store import StoreProblem
from normlab.stresses import Neighbors, Stress, changed, sample, sweeps
from normlab.study.results.result_files import RESULTS


class Seen(NamedTuple):
    """How many of the images are right, how many are answered otherwise than by the network as it was trained, and the
    answers to the shown ones ("0123...")."""

    right: int
    changed: int
    answers: str


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a stress: of each network's repeats `before`, as trained, and `now`, and over the slider's
    `way`, a stop each. None where it is not known, a `Refusal` where it cannot be.

    `asked` counts the questions that no shipped result answers, `answered` those of them that are; `notes` say what is
    wrong with shipped results.
    """

    images: int
    before: Mapping[Repeat, Seen | Refusal | None]
    now: Mapping[Repeat, Seen | Refusal | None]
    way: Mapping[str, Sequence["Stop"]]
    asked: int
    answered: int
    notes: tuple[str, ...]

    def of(self, network: Network) -> Sequence[tuple[Seen, Seen]]:
        """Before and now of the network's seeds; while not all are known, of the typical one alone: so that a median
        does not wander as they come."""
        for repeats in (network.repeats, (network.typical,)):
            pairs = [(self.before[each], self.now[each]) for each in repeats]
            known = [(then, now) for then, now in pairs if isinstance(then, Seen) and isinstance(now, Seen)]
            if len(known) == len(pairs):
                return known
        return []

    @property
    def waits(self) -> int:
        """How many answers are still to come."""
        return self.asked - self.answered

    @property
    def refusals(self) -> Sequence[str]:
        """Why something cannot be computed, each reason once."""
        every = [*self.before.values(), *self.now.values()]
        return list(dict.fromkeys(found.reason for found in every if isinstance(found, Refusal)))


@dataclass(frozen=True, slots=True)
class Among:
    """What each network's typical repeat answers to a single image, by neighborhood: a class (0 to 9), a `Refusal`, or
    None while it is not known; `waits` counts the answers still to come."""

    answers: Mapping[Neighbors, Sequence[int | Refusal | None]]
    waits: int

    @property
    def refusals(self) -> Sequence[str]:
        """Why something cannot be computed, each reason once."""
        every = [found for row in self.answers.values() for found in row]
        return list(dict.fromkeys(found.reason for found in every if isinstance(found, Refusal)))


@dataclass(frozen=True, slots=True)
class Stop:
    """At one stop of the slider: the numbers of right images of the network's seeds, all of them or the typical one."""

    value: float
    right: Sequence[int]


@st.cache_resource(show_spinner=False, on_release=Service.close)
def service() -> Service:
    """The process that computes, shared by all sessions of this one."""
    return Service(cached.store())


def warm_up(networks: Sequence[Network]) -> None:
    """Let the process read the networks that are asked first: a combination then takes half as long."""
    questions = [_question(network.typical, Stress()) for network in networks]
    if len(service().known(questions)) < len(questions):
        service().ask(NOBODY, [questions])


def among(networks: Sequence[Network], stress: Stress) -> Among:
    """The single image of the stress among its neighbors, and among a mixed batch; what is not known is asked for."""
    both = {each: changed(stress, {"neighbors": each}) for each in (stress.neighbors, Neighbors.MIXED)}
    asked = {each: [_question(one.typical, done) for one in networks] for each, done in both.items()}
    every = [question for row in asked.values() for question in row]
    known = service().known(every)
    waits = len(set(every)) - len(known)
    if waits:
        service().ask(cached.session_id(), [every])

    def answer(question: Question) -> int | Refusal | None:
        found = known.get(question)
        return found.answers[0] if isinstance(found, Answer) else found

    return Among({each: [answer(question) for question in row] for each, row in asked.items()}, waits)


def look(networks: Sequence[Network], stress: Stress, slider: str) -> Look:
    """What is known now; whatever is not is asked for.

    Raises:
        DataProblem: if the images are not here.
    """
    return _Desk(networks, stress, slider).look()


@dataclass
class _Desk:
    """One look: `known` is what the process has answered of `asked`."""

    networks: Sequence[Network]
    stress: Stress
    slider: str
    asked: dict[Question, None] = field(default_factory=dict)
    known: Mapping[Question, Answer | Refusal] = field(default_factory=dict)
    shelf: dict[Repeat, "_Shipped"] = field(default_factory=dict)

    def look(self) -> Look:
        typical = [network.typical for network in self.networks]
        others = [each for network in self.networks for each in network.repeats if each is not network.typical]
        every = [*typical, *others]
        self.shelf = {each: _shipped(cached.store().shipped, each) for each in every}
        stops = [changed(self.stress, {self.slider: stop}) for stop in sweeps.STOPS[self.slider]]
        groups = [
            self._open((each, stress) for stress in (self.stress, Stress()) for each in typical),
            self._open((each, stress) for stress in (self.stress, Stress()) for each in others),
            self._open((each, stress) for stress in stops for each in typical),
        ]
        if self.asked:
            here = service()
            self.known = here.known(self.asked)
            if len(self.known) < len(self.asked):
                here.ask(cached.session_id(), groups)
        return Look(
            images=len(sample(self.networks[0].dataset)),
            before={each: self._found(each, Stress()) for each in every},
            now={each: self._found(each, self.stress) for each in every},
            way={network.label: self._way(network, stops) for network in self.networks},
            asked=len(self.asked),
            answered=len(self.known),
            notes=tuple(dict.fromkeys(shipped.problem for shipped in self.shelf.values() if shipped.problem)),
        )

    def _open(self, wanted: Iterable[tuple[Repeat, Stress]]) -> Sequence[Question]:
        """Those that no shipped result answers and no earlier group asks."""
        questions = [_question(each, stress) for each, stress in wanted if self._ships(each, stress) is None]
        fresh = list(dict.fromkeys(question for question in questions if question not in self.asked))
        self.asked |= dict.fromkeys(fresh)
        return fresh

    def _ships(self, repeat: Repeat, stress: Stress) -> Seen | None:
        return self.shelf[repeat].seen.get(_effective(stress, repeat.config.model))

    def _found(self, repeat: Repeat, stress: Stress) -> Seen | Refusal | None:
        if (shipped := self._ships(repeat, stress)) is not None:
            return shipped
        answer = self.known.get(_question(repeat, stress))
        if not isinstance(answer, Answer):
            return answer
        answers = np.frombuffer(answer.answers, np.uint8)[sweeps.shown(repeat.config.data.dataset)]
        return Seen(answer.right, answer.changed, "".join(map(str, answers)))

    def _way(self, network: Network, stops: Sequence[Stress]) -> Sequence[Stop]:
        """Of all seeds where that ships for every stop, else of the typical one."""
        rows: list[list[Seen | Refusal | None]] = [
            [self._ships(each, stop) for each in network.repeats] for stop in stops
        ]
        if not all(all(row) for row in rows):
            rows = [[self._found(network.typical, stop)] for stop in stops]
        return [
            Stop(value, [found.right for found in row if isinstance(found, Seen)])
            for value, row in zip(sweeps.STOPS[self.slider], rows, strict=True)
        ]


def _question(repeat: Repeat, stress: Stress) -> Question:
    return Question(repeat.run_id, repeat.attempt, _effective(stress, repeat.config.model))


@lru_cache(maxsize=16_384)
def _effective(stress: Stress, model: ModelConfig) -> Stress:
    return stress.effective(model)


@dataclass(frozen=True, slots=True)
class _Shipped:
    """What ships of a network, by the stress that is effective for it; `problem` says why nothing can be read."""

    seen: Mapping[Stress, Seen]
    problem: str = ""


@lru_cache(maxsize=256)
def _shipped(shelf: Path | None, repeat: Repeat) -> _Shipped:
    if shelf is None or not repeat.shipped or not sweeps.covers(repeat.config):
        return _Shipped({})
    try:
        measured = sweeps.read(repeat.config, shelf / RESULTS / sweeps.FOLDER)
    except StoreProblem as problem:
        return _Shipped({}, f"{problem} Until then it is computed here.")
    seen = {
        stress.effective(repeat.config.model): Seen(right, changes, answers)
        for curve in (measured.curves if measured else ())
        for stress, right, changes, answers in zip(
            curve.line.stresses, curve.right, curve.changed, curve.answers, strict=True
        )
    }
    return _Shipped(seen)
