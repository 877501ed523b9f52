"""The page that puts networks under stress, as Streamlit executes it, over the runs and results that ship."""

import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from app_store import charts, heard, keep, opened, rows, sound
from streamlit.testing.v1 import AppTest
from stress_kit import SHELF, shipped

from normlab.answering import NOBODY, Answer, Question, Refusal
from normlab.app.stress import controls, results, said, state
from normlab.app.stress.networks import Network, Repeat
from normlab.app.stress.said import Change
from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.presets import SINGLE_NORMS
from normlab.settings import changed
from normlab.store import Store
from normlab.stresses import SETTINGS, Composition, Neighbors, Stress, apply, sample, sweeps
from normlab.study.results.result_files import RESULTS

OpenApp = Callable[..., AppTest]
IMAGES = 800


class FakeService:
    """Knows what it is told, and remembers who asked for what."""

    def __init__(self) -> None:
        self.told: dict[Question, Answer | Refusal] = {}
        self.asked: Sequence[Sequence[Question]] = ()

    def ask(self, visitor: str, groups: Sequence[Sequence[Question]]) -> None:
        if visitor != NOBODY:
            self.asked = groups

    def known(self, questions: Iterable[Question]) -> Mapping[Question, Answer | Refusal]:
        return {question: self.told[question] for question in questions if question in self.told}

    def waiting(self, visitor: str) -> int:
        return 2

    def answer(self, found: Answer | Refusal, groups: int = 3) -> None:
        self.told |= dict.fromkeys(chain(*self.asked[:groups]), found)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    fake = FakeService()
    monkeypatch.setattr(results, "service", lambda: fake)
    return fake


@pytest.fixture
def shelf(app: OpenApp, service: FakeService, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    """What ships with normlab."""
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(SHELF))
    return service


def draw() -> None:  # its source is executed elsewhere
    from normlab.app.stress import page

    page.PAGE.show()


def html(at: AppTest) -> str:
    return "".join(element.proto.body for element in at.get("html"))


def sentence(at: AppTest) -> str:
    (found,) = re.findall(r'role="status">(.*?)</p>', html(at))
    return str(found)


def warnings(at: AppTest) -> list[str]:
    return [str(warning.value).replace("\\", "") for warning in at.warning]


def query(at: AppTest) -> dict[str, str]:
    return {name: text if isinstance(text, str) else text[0] for name, text in at.query_params.items()}


def test_it_opens_with_fog_in_which_memory_is_worst(shelf: FakeService) -> None:
    at = opened(draw)
    assert re.fullmatch(
        r"BN, remembered: 98 → \d\d %; no norm: 97 → 9\d %; RMS: 96 → 9\d %; LN and GN\(2\): unchanged\.", sentence(at)
    )
    assert not query(at)
    assert not shelf.asked, "it ships"
    dots, way = charts(at)
    assert rows(dots).groupby("network").size().to_dict() == {"no norm": 10, "BN": 10, "LN": 10, "RMS": 10, "GN(2)": 10}
    assert set(rows(way)["value"]) == set(sweeps.STOPS["contrast"])
    assert set(rows(way)["now"]) == {0.3}
    assert all(text.endswith(".") for text in heard(at))
    assert html(at).count("<img") == 10


@pytest.mark.parametrize("name", ["contrast", "weight_scale", "raw_contrast", "raw_brightness"])
def test_what_one_slider_does_alone_is_there_at_once_wherever_it_stands(shelf: FakeService, name: str) -> None:
    at = opened(draw, contrast="1")
    slider = next(one for one in at.select_slider if one.key == state.key(name))
    for stop in (sweeps.STOPS[name][2], sweeps.STOPS[name][-1]):
        sound(slider.set_value(stop).run())
        slider = next(one for one in at.select_slider if one.key == state.key(name))
        assert not shelf.asked
        assert query(at) == {name: SETTINGS[name].format(stop)}
        assert len(rows(charts(at)[0])) == 50
    assert at.session_state["stress-moved"] == name


@pytest.mark.parametrize("address", [{"statistics": "batch", "composition": "sorted"}, {"test_dropout": "true"}])
def test_so_is_what_switches_do(shelf: FakeService, address: Mapping[str, str]) -> None:
    at = opened(draw, **address)
    assert not shelf.asked
    assert query(at) == address


def test_the_repair_gives_every_answer_back(shelf: FakeService) -> None:
    at = opened(draw, weight_scale="0.5")
    assert "BN, remembered: 98 → 10 %" in sentence(at)
    sound(next(toggle for toggle in at.toggle if toggle.key == state.key("repaired")).set_value(True).run())
    assert sentence(at) == "no norm, BN, remembered, LN, RMS and GN(2): unchanged."
    assert query(at) == {"weight_scale": "0.5", "repaired": "true"}
    assert not shelf.asked


def test_a_combination_is_computed_and_the_page_says_so(shelf: FakeService) -> None:
    at = opened(draw, contrast="0.3", weight_scale="0.9")
    assert "Computing: 0 of 145 answers; 2 others wait too" in html(at)
    assert list(map(len, shelf.asked)) == [5, 45, 95], "the networks of the table, all seeds, the whole range"
    shelf.answer(Answer(bytes(IMAGES), 80, 640), groups=1)
    sound(at.run())
    assert "Computing: 5 of 145 answers" in html(at)
    assert "BN, remembered: 99 → 10 %" in sentence(at), "of one network: the others are to come"
    shelf.answer(Answer(bytes(IMAGES), 80, 640))
    sound(at.run())
    assert "Computing" not in html(at)
    assert "BN, remembered: 98 → 10 %" in sentence(at), "of all"
    assert len(rows(charts(at)[0])) == 50


def test_the_chart_stays_while_its_slider_moves(shelf: FakeService) -> None:
    at = opened(draw)
    before = [chart.spec for chart in charts(at)]
    slider = next(one for one in at.select_slider if one.key == state.key("contrast"))
    sound(slider.set_value(0.5).run())
    assert [chart.spec for chart in charts(at)] == before


def test_what_cannot_be_computed_is_one_sentence(shelf: FakeService) -> None:
    at = opened(draw, contrast="0.3", weight_scale="0.9")
    shelf.answer(Refusal("The process that computes ended unexpectedly (exit code 1)."))
    sound(at.run())
    assert warnings(at) == ["The process that computes ended unexpectedly (exit code 1)."]
    assert "Computing" not in html(at), "nobody waits for what will not come"


def test_a_damaged_result_is_said_and_computed(
    shelf: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "shelf"
    shutil.copytree(SHELF, mine)
    (mine / RESULTS / sweeps.FOLDER / "bn-seed3.json").write_text("{}")
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(mine))
    at = opened(draw)
    (told,) = warnings(at)
    assert "holds no measurement" in told
    assert told.endswith("Until then it is computed here.")
    assert {question.stress for group in shelf.asked for question in group} >= {Stress(contrast=0.3)}


REFUSED = {
    "contrast": ("11", "contrast=11.0 must be a number from 0 to 10"),
    "weight_scale": ("nan", "weight_scale=nan must be a number"),
    "test_batch": ("1000", "test_batch=1000 must be a whole number from 1 to 256"),
    "statistics": ("mine", "statistics=mine is not known"),
    "image": ("800", "image=800 must be a whole number from 0 to 799"),
    "slider": ("sideways", "slider=sideways is not known"),
    "a": ("norms:bn,seed:77", "no such run has ended here"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_an_address_asks_in_vain_is_one_sentence(shelf: FakeService, name: str) -> None:
    text, words = REFUSED[name]
    at = opened(draw, **{name: text})
    (told,) = warnings(at)
    assert words in told
    assert sentence(at)


def test_a_link_says_which_networks(shelf: FakeService) -> None:
    at = opened(draw, a="norms:gn", b="norms:bn", contrast="0.5")
    assert sentence(at).endswith("GN(2): unchanged.")
    assert query(at) == {"a": "norms:gn", "b": "norms:bn", "contrast": "0.5"}


def test_a_value_between_the_stops_takes_the_place_of_the_nearest(shelf: FakeService) -> None:
    assert len(controls.stops("contrast", 0.33)) == len(sweeps.STOPS["contrast"])
    at = opened(draw, contrast="0.33")
    slider = next(one for one in at.select_slider if one.key == state.key("contrast"))
    assert slider.value == 0.33
    assert len(shelf.asked[0]) == 5, "it does not ship"


def test_networks_that_nobody_measured_are_computed_whole(app: OpenApp, service: FakeService) -> None:
    at = opened(draw)
    assert list(map(len, service.asked)) == [4, 2, 38], "two networks before and now, a second seed, the whole range"
    service.answer(Answer(bytes(IMAGES), 80, 0))
    sound(at.run())
    assert sentence(at) == "no norm and BN, remembered: unchanged."


def test_without_a_network_it_says_what_to_do(
    app: OpenApp, service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(tmp_path / "empty"))
    at = opened(draw)
    assert "train one in the lab" in str(at.info[0].value)


@pytest.fixture
def mnist(app: OpenApp) -> None:
    """A run on images that are not here."""
    keep(Store.open(), changed(RunConfig(), {"dataset": "mnist"}))


def test_a_network_without_its_images_is_one_sentence(mnist: None, service: FakeService) -> None:
    at = opened(draw, a="norms:bn,dataset:mnist")
    assert "normlab fetch mnist" in str(at.info[0].value).replace("\\", "")


def test_networks_of_two_data_sets_do_not_stand_side_by_side(mnist: None, service: FakeService) -> None:
    at = opened(draw, a="norms:bn", b="norms:bn,dataset:mnist")
    assert "networks side by side must be of one data set" in warnings(at)[0]


def single(at: AppTest, own: int, mixed: int, service: FakeService) -> AppTest:
    """Once every network has answered in its own class' and in a mixed batch."""
    for question in chain(*service.asked):
        label = mixed if question.stress.neighbors == "mixed" else own
        service.told[question] = Answer(bytes([label]) * 32, 3, 0)
    return sound(at.run())


def test_one_image_is_asked_about_in_two_neighborhoods(shelf: FakeService) -> None:
    at = opened(draw, statistics="batch", composition="among", image=str(state.A_THREE))
    assert "Computing" in html(at)
    assert len(shelf.asked[0]) == 10
    single(at, own=0, mixed=3, service=shelf)
    everyone = "no norm: “0” among its own class, “3” among all classes; BN, this batch: “0” among its own class"
    assert sentence(at).startswith(f"The same 3. {everyone}")
    (drawn,) = [one.proto.json for one in at.get("bidi_component") if one.proto.component_name == "ruler"]
    picture = json.loads(drawn)
    assert [made["name"] for made in picture["made"]] == ["its own class", "all classes"]
    assert 32 < len(picture["samples"]) <= 63, "itself and 31 neighbors twice, some of them in both"
    assert [sum(at is not None for at in made["at"]) for made in picture["made"]] == [32, 32]
    assert picture["samples"][0]["label"] == "3"
    single(at, own=3, mixed=3, service=shelf)
    assert sentence(at) == "The same 3. no norm, BN, this batch, LN, RMS and GN(2): “3” both times."


def test_the_ready_three_is_the_first_whose_answer_its_class_changes() -> None:
    run = shipped(seed=Store(Path("none"), SHELF).representative(RunConfig()).seed)
    labels = sample(Dataset.DIGITS).labels
    for image in np.flatnonzero(labels == 3):
        own, mixed = (
            apply(run, Stress(statistics="batch", composition="among", image=int(image), neighbors=each)).answers[0]
            for each in ("own", "mixed")
        )
        if own != mixed:
            assert image == state.A_THREE
            return


def test_another_image_and_other_neighbors_are_chosen(shelf: FakeService) -> None:
    at = opened(draw, statistics="batch", composition="among", image="2")
    sound(at.button(key="stress-another").click().run())
    assert query(at)["image"] == "6", "the next 3"
    sound(at.selectbox(key="stress-class").set_value(8).run())
    assert sample(Dataset.DIGITS).labels[int(query(at)["image"])] == 8
    sound(at.selectbox(key=state.key("neighbors")).set_value(Neighbors.ONE).run())
    assert query(at)["neighbors"] == "1"
    assert {question.stress.neighbors for question in shelf.asked[0]} == {Neighbors.ONE, Neighbors.MIXED}


@pytest.mark.parametrize(
    ("address", "words"),
    [({"statistics": "running"}, "makes no ruler now"), ({"a": "norms:ln"}, "neighbors play no part")],
)
def test_where_neighbors_play_no_part_the_page_says_so(shelf: FakeService, address: dict[str, str], words: str) -> None:
    at = opened(draw, **{"statistics": "batch", "composition": "among", **address})
    assert words in str(at.info[0].value)


def test_more_neighbors_than_there_are_is_one_sentence(shelf: FakeService) -> None:
    at = opened(draw, statistics="batch", composition="among", test_batch="256")
    assert "needs 255 neighbors, and there are" in str(at.info[0].value).replace("\\", "")


def test_a_sentence_names_the_largest_change_first() -> None:
    found = [Change("LN", 98.1, 98.1, 0), Change("RMS", 96.2, 96.1, 3), Change("BN", 98.4, 39.0, 700)]
    assert said.sentence(found) == "BN: 98 → 39 %; RMS: 96.2 → 96.1 %; LN: unchanged."
    assert said.sentence(found[:1]) == "LN: unchanged."
    assert said.sentence([]) == ""


def test_what_is_done_is_said_in_a_few_words() -> None:
    networks = _networks()
    assert said.done(Stress(), networks) == ""
    stress = Stress(contrast=0.3, weight_scale=0.5, repaired=True, raw_brightness=-0.5, test_dropout=True)
    words = "contrast × 0.3, raw pixels −0.5, convolution weights × 0.5, repaired, dropout left on"
    assert said.done(stress, networks) == words
    batches = Stress(statistics="batch", test_batch=1, composition=Composition.SORTED)
    assert said.done(batches, networks) == "batches of 1 image, sorted"
    assert said.done(batches, networks[:1]) == "", "a network without memory has no use for it"


def _networks() -> list[Network]:
    found = []
    for norms in SINGLE_NORMS:
        config = changed(RunConfig(), {"norms": norms})
        repeat = Repeat(config, "run", "attempt", shipped=False)
        found.append(Network("name", "@bn", config.model, config.data.dataset, (repeat,), repeat))
    return found


def test_ready_stresses_ship_but_for_the_single_image(shelf: FakeService) -> None:
    for name, stress in state.READY.items():
        at, shelf.asked = opened(draw), ()
        at.button_group[0].set_value(name)
        sound(at.run())
        assert at.session_state["stress-kept"] == stress
        assert bool(shelf.asked) == (stress.composition is Composition.AMONG)
