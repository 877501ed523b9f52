"""What the pilot's table asks of runs beside their answers under a stress."""

from dataclasses import replace

import pytest
import synthetic

from normlab.config import RunConfig
from normlab.record import Status
from normlab.settings import changed
from normlab.stresses import table
from normlab.stresses.table import Answer, Measure, Question


def answered(question: Question, monkeypatch: pytest.MonkeyPatch, status: Status = Status.FINISHED) -> Answer:
    def read(config: RunConfig) -> synthetic.MemoryRun:
        return synthetic.run(config, status=status, epochs=2 if status is Status.DIVERGED else None)

    monkeypatch.setattr(table, "SEEDS", range(2))
    monkeypatch.setattr(table, "QUESTIONS", (question,))
    (answer,) = table.answers(read)
    return answer


def asked(measure: Measure, **settings: object) -> Question:
    return Question(4, "", ("bn",), {}, (50.0,), {"epochs": 4, **settings}, measure=measure)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measure", "status", "found"),
    [
        (Measure.DIVERGED, Status.FINISHED, 0),
        (Measure.DIVERGED, Status.DIVERGED, 100),
        (Measure.STUCK, Status.FINISHED, 0),
    ],
)
def test_what_became_of_a_run(measure: Measure, status: Status, found: float, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered(asked(measure), monkeypatch, status).found == (found, found)


def test_a_curve_is_as_far_apart_as_its_farthest_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    question = asked(Measure.APART, l1=0.03, bn_modes=True)
    assert answered(replace(question, against={"l1": 0.03}), monkeypatch).found == (0, 0)
    ours, theirs = (
        [end.modes.batch.accuracy for end in synthetic.run(changed(RunConfig(), settings)).epochs if end.modes]
        for settings in ({"epochs": 4, "l1": 0.03, "bn_modes": True}, {"epochs": 4, "bn_modes": True})
    )
    apart = 100 * max(abs(one - other) for one, other in zip(ours, theirs, strict=True))
    assert answered(replace(question, against={"l1": 0.0}), monkeypatch).found[0] == pytest.approx(apart)
    assert apart > 1


def test_l2_makes_weights_short_and_turns_large(monkeypatch: pytest.MonkeyPatch) -> None:
    length, turn = (
        [answered(asked(measure, l2=l2), monkeypatch).found[0] for l2 in (0.0, 0.03)]
        for measure in (Measure.LENGTH, Measure.TURN)
    )
    assert length[0] > 2 * length[1]
    assert turn[0] < turn[1] / 2


def test_every_question_names_a_run_that_can_be() -> None:
    assert {question.effect for question in table.QUESTIONS} == {1, 2, 4, 5, 6, 7, 8, 10, 14}
    assert len(table.configs()) == len({config.seed for config in table.configs()}) * len(
        {replace(config, seed=0) for config in table.configs()}
    )
