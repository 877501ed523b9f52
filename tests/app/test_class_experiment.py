"""The class' own experiment on the teacher's page: chosen from a lesson or a link, and led to its verdict."""

from collections.abc import Callable

import pytest
from classroom_kit import CHOICE, EXPERIMENT
from console_kit import console, joining, press, told
from lab_kit import FakeEngine
from streamlit.testing.v1 import AppTest

from normlab import lessons
from normlab.app.classroom import experiment, opening, room
from normlab.app.shell import cached
from normlab.classroom import BadQuestion, Outcome, Phase
from normlab.compare import read_arm
from normlab.config import RunConfig
from normlab.settings import changed

OpenApp = Callable[..., AppTest]


@pytest.fixture
def training(app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page on which runs can be trained, and nobody trains them."""
    app()
    monkeypatch.setattr(cached, "engine", lambda: FakeEngine())


def end_all(accuracy: float, *, but: int = 0) -> None:
    for one in room.classes().due()[but:]:
        room.classes().ended(one.key, Outcome.FINISHED, accuracy)


@pytest.mark.usefixtures("training")
def test_the_console_leads_an_experiment_to_its_one_verdict() -> None:
    mine = room.classes().open([EXPERIMENT, CHOICE])
    at = console(mine)
    assert "8 runs of about 1.5 s, one at a time: about 12 s" in told(at)
    at.number_input(key="console-runs").set_value(10).run()
    assert "10 runs" in told(at)
    press(at, "open")
    token = room.classes().join(mine.code).token
    room.classes().own(mine.code, token, 0)
    at.run()
    assert "1 of 10 runs have an owner, 0 have predicted." in told(at)
    assert at.button(key="console-next").disabled
    press(at, "start")
    room.classes().own(mine.code, token, 0, train=True)
    end_all(97.0, but=2)
    at.run()
    assert "The verdict comes once" in told(at)
    assert "Learned:" not in told(at)
    assert at.button(key="console-go-1").disabled
    end_all(97.0)
    at.run()
    assert room.classes().projector(mine.code)["phase"] == Phase.REVEALED
    assert "Learned: no norm 5 of 5" in told(at)
    assert at.button(key="console-finish").disabled
    press(at, "next")
    assert room.classes().projector(mine.code)["position"] == 1


@pytest.mark.usefixtures("training")
def test_a_link_to_compare_becomes_an_experiment_of_the_class() -> None:
    mine = room.classes().open([CHOICE])
    at = console(mine)
    at.text_input(key="experiment-link").set_value("http://host/compare?a=norms:none,lr:0.3&b=norms:bn,lr:0.3").run()
    at.button(key="experiment-add").click().run()
    assert not at.exception
    assert [one["title"] for one in room.classes().console(mine.code, mine.secret)["questions"]][1:] == [
        "no norm or BN · class experiment"
    ]
    at.text_input(key="experiment-link").set_value("http://host/compare?a=norms:none").run()
    at.button(key="experiment-add").click().run()
    assert "no link to a comparison" in str(at.toast[0].value)


@pytest.mark.usefixtures("training")
def test_where_no_routes_arrive_a_student_has_a_run_too() -> None:
    mine = room.classes().open([EXPERIMENT])
    at, teacher = joining(), console(mine)
    at.text_input(key="join-code").input(mine.code)
    at.button(key="join-join").click().run()
    press(teacher, "open")
    at.run()
    assert "**Run " in told(at)
    at.number_input(key="join-0-1-0").set_value(85.0)
    at.button[0].click().run()
    assert room.classes().projector(mine.code)["answered"] == 1
    press(teacher, "start")
    at.run()
    at.button(key="join-train").click().run()
    assert "before yours" in told(at)
    end_all(96.5)
    press(teacher, "finish")
    at.run()
    assert not at.exception
    assert "Learned: " in told(at)
    assert at.metric[0].value == "96.5 %"


@pytest.mark.usefixtures("training")
@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("", "no link"),
        ("hello", "no link"),
        ("compare?a=norms:bn&b=norms:bn", "the same"),
        ("compare?a=norms:bn&b=norms:bn,seed:3", "the same"),
        ("compare?a=norms:bn&b=norms:zz", "zz"),
        ("compare?a=norms:bn,dataset:mnist&b=norms:none,dataset:mnist", "digits only"),
        ("compare?a=norms:bn,epochs:200&b=norms:none,epochs:200", "at most 20 epochs"),
        ("compare?a=norms:bn,batch_size:2&b=norms:none", "500 steps"),
    ],
)
def test_what_a_class_cannot_measure_is_refused_in_a_sentence(link: str, why: str) -> None:
    with pytest.raises(BadQuestion, match=why) as problem:
        experiment.of_link(link)
    assert len(str(problem.value)) < 300


@pytest.mark.usefixtures("training")
def test_lessons_that_a_class_can_measure_are_offered() -> None:
    found = experiment.offered()
    assert {lesson.key for lesson in found.values()} >= {"who-learns", "seed-noise", "step-size"}
    for lesson in found.values():
        question = experiment.of_lesson(lesson)
        contrast = lesson.contrast
        for arm, key in zip(question.public["arms"], (contrast.against, contrast.of), strict=True):
            assert read_arm(arm["settings"])[0] == changed(lesson.arm(key).config, {"seed": 0, "bn_modes": False})
        assert lesson.contrast.measure is lessons.Measure.ACCURACY
        assert "stored" not in question.public


@pytest.mark.usefixtures("training")
def test_seeds_that_ship_are_stored_dots_and_no_others() -> None:
    bn, none = (changed(RunConfig(), {"norms": norms}) for norms in (("bn",), ()))
    assert (len(experiment._stored(bn)), len(experiment._stored(none))) == (2, 1)


def test_nothing_is_offered_where_nothing_is_trained(app: OpenApp) -> None:
    app()
    assert not experiment.offered()
    assert not any("experiment" in name for name in opening._offered()[0])
    with pytest.raises(BadQuestion, match="NORMLAB_WORKERS=0"):
        experiment.of_link("compare?a=norms:none&b=norms:bn")
    assert "turned off" in room.problem()
