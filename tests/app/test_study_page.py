"""The Study page as Streamlit executes it: nothing measured yet, and with made-up results."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
import study_kit as kit
from app_store import charts, heard, opened, sound, words
from streamlit.testing.v1 import AppTest

from normlab.app.shell.words import slug
from normlab.app.study import claims
from normlab.app.study.views import SECTION, SECTIONS, VIEWS
from normlab.compare import findings, unpaired
from normlab.store import Store
from normlab.study.claims.expected_mechanisms import GROUP
from normlab.study.claims.questions import Answer, Evidence, Expects, Question

OpenPage = Callable[..., AppTest]


def draw() -> None:  # its source is executed elsewhere
    from normlab.app.study import page

    page.PAGE.show()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study's three experiments and BN alone, the three on digits, some mechanisms."""
    root = tmp_path_factory.mktemp("study")
    store = Store(root)
    kit.arm(store, "study", "bn/none", kit.level(99.4))
    kit.arm(store, "study", "gn/l1", kit.level(92, 0.5))
    kit.arm(store, "study", "ln/l2", kit.level(99.4))
    kit.arm(store, "study", "bn/l1+l2", kit.swinging(80, 10), kit.level(94, 0.3))
    for name in ("gn/l1", "ln/l2", "bn/l1+l2"):
        kit.arm(store, "lesson", name, kit.level(97.0, 0.5))
    kit.write_mechanisms(root, {"base": 20.0, "momentum-0.3": 9.0})
    return root


@pytest.fixture
def open_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NORMLAB_WORKERS", "0")
    st.cache_resource.clear()

    def open_it(shelf: Path, **query: str) -> AppTest:
        monkeypatch.setenv("NORMLAB_PRETRAINED", str(shelf))
        return opened(draw, **query)

    yield open_it
    st.cache_resource.clear()


def html(at: AppTest) -> str:
    return "".join(element.proto.body for element in at.get("html"))


@pytest.mark.parametrize("section", SECTIONS)
def test_nothing_measured_yet_is_said_plainly(open_page: OpenPage, tmp_path: Path, section: str) -> None:
    (tmp_path / "empty").mkdir()
    at = open_page(tmp_path / "empty", section=section.lower())
    assert at.session_state[SECTION.key] == section
    told = words(at)
    assert "0 of 48 runs" in told
    if section in ("Result", "Curves", "Claims", "Swings", "Logs"):
        assert "normlab study train study" in told
    if section == "Images":
        assert told.count("Not trained yet.") == 3


def test_the_page_opens_with_one_sentence_and_one_chart(open_page: OpenPage, filled: Path) -> None:
    at = open_page(filled)
    assert len(charts(at)) == 1
    assert "re-estimated" in heard(at)[0]
    (told,) = [element.value for element in at.markdown if "Measure BatchNorm" in element.value]
    assert "moves between 70." in told
    assert "stay between 93.7 and 94.3 % (3 seeds, epochs 2 to 25)" in told
    assert [one.label for one in at.expander] == ["How the study was repeated"]


def test_curves_show_the_studys_beside_ours(open_page: OpenPage, filled: Path) -> None:
    at = open_page(filled, section="curves")
    assert len(charts(at)) == 3
    assert "study 94.79 % (1 seed)" in heard(at)[2]
    assert "ours" in heard(at)[0]
    assert "99.40 ± 0.05 (3 seeds)" in str(at.table[0].value.to_dict())
    at.toggle(key="study-reestimated").set_value(True)
    at = sound(at.run())
    assert "re-estimated" in heard(at)[2]
    assert "re-estimated" not in heard(at)[0], "GroupNorm has no statistics to estimate"
    for curve in at.selectbox(key="study-curve").options[1:]:
        at.selectbox(key="study-curve").select(curve)
        at = sound(at.run())


def test_what_is_confirmed_as_equivalent_says_so() -> None:
    values = ((98.0, 98.02, 97.98, 98.01), (98.01, 98.03, 97.99, 98.02))
    (finding,) = findings([unpaired(*values)], "points", 0.1)
    question = Question("two that are alike", ("bn/none", "bn/l2"), Expects.NOT_HIGHER)
    told = claims.table([Evidence(question, values, (), None, finding, Answer.CONFIRMED)])
    assert "<strong>confirmed</strong><br>no difference that matters" in told


def test_claims_come_with_verdict_evidence_and_links(open_page: OpenPage, filled: Path) -> None:
    at = open_page(filled, section="claims")
    found = html(at)
    assert "LN + L2 against GN + L1" in found
    assert "./compare?a=norms%3Agn" in found
    assert "<strong>open</strong>" in found
    assert "LN + L2 is the best of the three" in words(at)
    assert "4 of the 32 statistics" in words(at)
    assert "image 1 was left out" in words(at)
    at.button_group(key="study-verdict").set_value("not measured")
    assert "LN + L2 is the best of the three" not in words(sound(at.run()))


def test_swings_tell_how_much_each_mechanism_explains(open_page: OpenPage, filled: Path) -> None:
    at = open_page(filled, section="swings")
    told = words(at)
    assert "6 of 39 measurements" in told
    assert "is 20.60 points on average" in told
    assert re.search(r"memory makes 9\d % of the swing's variance", told)
    assert "Memory lags behind the weights 95 % (95 to 95), carries it" in heard(at)[0]
    assert "GroupNorm" not in heard(at)[0], "without memory there is no deficit to carry"


@pytest.mark.parametrize(
    ("section", "name", "text"),
    [
        ("curves", "curve", "training-loss"),
        ("curves", "reestimated", "true"),
        ("curves", "axis", "zoom"),
        ("claims", "verdict", "not-measured"),
        ("swings", "axis", "zoom"),
        ("swings", "seed", "2"),
        ("predictions", "group", slug(GROUP)),
        ("images", "images", "lesson"),
        ("networks", "network", "ln/l2"),
        ("logs", "arm", "bn/none"),
        ("logs", "run", "3"),
    ],
)
def test_a_link_opens_a_section_with_what_it_showed(
    open_page: OpenPage, filled: Path, section: str, name: str, text: str
) -> None:
    view = next(view for view in VIEWS if view.name == name)
    at = open_page(filled, section=section, **{name: text})
    assert "cannot be used" not in words(at)
    (found,) = [one for one in (*at.button_group, *at.selectbox, *at.toggle) if one.key == view.key]
    assert found.value == view.parse(text)
    assert at.query_params[name] == text
    at.button_group(key=SECTION.key).set_value("Networks")
    assert sound(at.run()).query_params[name] == text, "a look at another section does not undo it"


def test_a_choice_goes_into_the_address_and_its_undoing_out_of_it(open_page: OpenPage, filled: Path) -> None:
    at = open_page(filled, section="logs")
    at.selectbox(key="study-arm").select("bn/l1+l2")
    at = sound(at.run())
    at.selectbox(key="study-run").select(2)
    at = sound(at.run())
    assert (at.query_params["arm"], at.query_params["run"]) == ("bn/l1+l2", "2")
    at.selectbox(key="study-arm").select("gn/l1")
    at = sound(at.run())
    assert "arm" not in at.query_params
    assert at.selectbox(key="study-run").value == 2, "the other arm's run with the same seed"


def test_predictions_are_counted(open_page: OpenPage, filled: Path) -> None:
    at = open_page(filled, section="predictions")
    assert "predictions" in words(at)
    assert "as expected" in words(at)


def test_misclassified_images_are_rebuilt_for_each_experiment(open_page: OpenPage, filled: Path) -> None:
    at = open_page(filled, section="images")
    assert html(at).count("<figure") == 60, "of digits, where MNIST is not here"
    at.button_group(key="study-images").set_value("study")
    at = sound(at.run())
    assert "Download (" in "".join(button.label for button in at.button), "one click gets MNIST"


def test_logs_are_the_studys_and_ours(open_page: OpenPage, filled: Path) -> None:
    at = open_page(filled, section="logs")
    assert len(at.dataframe[0].value) == 25
    at.selectbox(key="study-run").select(2)
    at = sound(at.run())
    assert at.dataframe[0].value["test_accuracy"].iloc[-1] == pytest.approx(92.5)


def test_a_result_file_that_cannot_be_read_is_one_sentence(open_page: OpenPage, filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "damaged")
    (tmp_path / "damaged" / "results" / "tuned.json").write_text("[" * 200_000)
    at = open_page(tmp_path / "damaged")
    assert [box.value for box in at.error if "tuned.json" in box.value]
    assert not at.exception


def test_an_address_that_cannot_be_used_is_told(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    at = open_page(tmp_path / "empty", section="wings", norms="bn")
    assert "section=wings is not known; choose one of result, curves, " in words(at)
    assert "norms" in words(at)
    assert at.session_state[SECTION.key] == SECTIONS[0]
