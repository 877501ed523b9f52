"""What is compared, and how it is shown, is in the address of the Compare page."""

import pytest
from app_store import sound, words
from compare_kit import OpenPage, config, pick
from streamlit.testing.v1 import AppTest

from normlab.app.compare.picks import ARMS, REFERENCE, Pick, parse
from normlab.app.compare.views import SECTION, SEED, TYPICAL, VIEWS
from normlab.identity import base


def test_the_address_names_the_arms_and_the_first_is_the_reference(open_page: OpenPage) -> None:
    at = open_page(a="norms:gn", b="norms:bn,seed:2", section="images")
    assert at.session_state[ARMS] == [pick(norms=("gn",)), Pick(base(config()), 2)]
    assert at.selectbox(key=REFERENCE).value == pick(norms=("gn",))
    assert at.session_state[SECTION.key] == "Images"
    at.selectbox(key=REFERENCE).set_value(Pick(base(config()), 2)).run()
    sound(at)
    assert dict(at.query_params)["a"] in ("norms:bn,seed:2", ["norms:bn,seed:2"])


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"a": "norms:bn,colour:red"}, "there is no such setting"),
        ({"a": "norms:evil"}, "is not known"),
        ({"a": ""}, "a= is empty; it was ignored"),
        ({"a": "norms:bn,norms:ln"}, "norms is given twice; its last value, ln, was taken"),
        ({"a": "norms:"}, "norms= is empty; it was ignored"),
        ({"a": "norms:bn,lr:7"}, "no such run has ended here"),
        ({"a": "norms:bn,seed:99"}, "no such run has ended here"),
        ({"section": "evil"}, "section=evil is not known; choose one of results, "),
        ({"sections": "1"}, "did you mean section?"),
    ],
)
def test_what_the_address_asks_for_in_vain_is_named(open_page: OpenPage, query: dict[str, str], text: str) -> None:
    assert text in "\n".join(str(element.value) for element in open_page(**query).warning)


@pytest.mark.parametrize("text", [Pick(base(config(norms=("bn", "gn"), l1=0.001)), 3).text, pick(norms=()).text])
def test_a_pick_says_itself_in_the_address(text: str) -> None:
    found, refused = parse(text)
    assert not refused
    assert found.text == text


def test_the_address_holds_metric_block_and_margin(open_page: OpenPage) -> None:
    at = open_page(metric="penalty", block="block3", margin="0.5", section="curves")
    assert at.selectbox(key="compare-metric").value.label == "Penalty"
    assert at.query_params["metric"] == "penalty"
    at.selectbox(key="compare-metric").select_index(0)
    at.segmented_control(key=SECTION.key).set_value("Layers")
    at = sound(at.run())
    assert at.segmented_control(key="compare-block").value == "block3"
    assert "metric" not in at.query_params
    at.segmented_control(key="compare-block").set_value("block2")
    at.segmented_control(key=SECTION.key).set_value("Results")
    at = sound(at.run())
    assert at.text_input(key="compare-margin").value == "0.5"
    for _ in range(2):
        assert (at.query_params["block"], at.query_params["margin"]) == ("block2", "0.5")
        at = sound(at.run())
    at.segmented_control(key=SECTION.key).set_value("Layers")
    assert sound(at.run()).segmented_control(key="compare-block").value == "block2"


@pytest.mark.parametrize("query", [{"metric": "mood"}, {"block": "block9"}, {"margin": "99"}, {"margin": "much"}])
def test_what_an_address_cannot_show_is_told(open_page: OpenPage, query: dict[str, str]) -> None:
    at = open_page(**query)
    (name, text), *_ = query.items()
    assert f"{name}={text} " in words(at)
    assert at.text_input(key="compare-margin").value == "0.1"


@pytest.mark.parametrize(
    ("section", "name", "text"),
    [
        ("curves", "band", "seeds"),
        ("curves", "axis", "zoom"),
        ("layers", "stage", "relu"),
        ("layers", "seed", "1"),
        ("images", "images", "broken"),
    ],
)
def test_a_link_opens_a_section_with_what_it_showed(open_page: OpenPage, section: str, name: str, text: str) -> None:
    view = next(view for view in VIEWS if view.name == name)
    at = open_page(section=section, **{name: text})
    assert "cannot be used" not in words(at)
    assert _value(at, view.key) == view.parse(text)
    assert at.query_params[name] == text
    at.segmented_control(key=SECTION.key).set_value("Results")
    at = sound(at.run())
    assert at.query_params[name] == text, "a look at another section does not undo it"


def test_a_seed_that_no_arm_has_shows_typical_ones_and_is_kept(open_page: OpenPage) -> None:
    at = open_page(section="layers", seed="77")
    assert _value(at, SEED.key) == TYPICAL
    assert at.query_params["seed"] == "77"
    at.selectbox(key=SEED.key).select(1)
    assert sound(at.run()).query_params["seed"] == "1"


def _value(at: AppTest, key: str) -> object:
    (found,) = [one for one in (*at.button_group, *at.selectbox) if one.key == key]
    return found.value
