"""The page where one draws, as Streamlit executes it."""

import base64
import re
import shutil
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from app_store import keep, opened, sound
from streamlit.testing.v1 import AppTest

from normlab import drawing, images, inference
from normlab.app.draw import answers
from normlab.app.draw.answers import Network
from normlab.app.lab.setup import Setup
from normlab.app.shell import cached
from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.datasets import DataProblem
from normlab.identity import run_id
from normlab.settings import changed, from_query
from normlab.store import Run, Store
from normlab.titles import title

OpenApp = Callable[..., AppTest]


def draw() -> None:  # its source is executed elsewhere
    import streamlit as st

    from normlab.app.draw import page, state

    if "told" in st.session_state:
        state.take(st.session_state.pop("told"))
    page.PAGE.show()


def page(at: AppTest | None = None, **query: str) -> AppTest:
    return sound(at.run()) if at else opened(draw, **query)


def told(canvas: drawing.Canvas, serial: int = 1) -> dict[str, Any]:
    return {"serial": serial, "ink": base64.b64encode(canvas.tobytes()).decode()}


def put(at: AppTest, canvas: drawing.Canvas, serial: int = 1) -> AppTest:
    at.session_state["told"] = told(canvas, serial)
    return page(at)


def html(at: AppTest) -> str:
    return "".join(element.proto.body for element in at.get("html"))


def words(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*at.markdown, *at.caption, *at.info)).replace("\\", "")


def digit(place: int = 0) -> drawing.Canvas:
    return drawing.enlarged(images.load(Dataset.DIGITS).test.images[place])


def test_at_first_a_test_image_is_answered_until_one_draws(app: OpenApp) -> None:
    app()
    at = page()
    assert "your first stroke clears the example" in words(at)
    assert html(at).count("<section") == 1
    assert at.session_state["drawing-centered"] is False
    put(at, digit(5))
    assert "your first stroke clears the example" not in words(at)
    assert at.session_state["drawing-centered"] is True


def test_who_erases_a_part_of_the_test_image_still_has_it_as_it_is(app: OpenApp) -> None:
    app()
    at = page()
    left = digit()
    left[: drawing.SIZE // 2] = 0
    assert digit()[: drawing.SIZE // 2].any()
    put(at, left)
    assert at.session_state["drawing-centered"] is False


def test_a_damaged_data_set_is_said_in_a_sentence_and_one_can_draw(
    app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(dataset: Dataset) -> images.Images:
        raise DataProblem("The file is not sound: run `normlab fetch mnist`.")

    app()
    monkeypatch.setattr(cached, "test_images", damaged)
    at = page()
    (said,) = at.info
    assert "The file is not sound" in said.value
    put(at, digit())
    assert html(at).count("<section") == 1


def test_an_empty_pad_says_what_to_do(app: OpenApp) -> None:
    app()
    at = put(page(), drawing.empty())
    assert "Draw on the black square" in words(at)
    assert "each network answers here" in html(at)
    assert "<section" not in html(at)


def test_a_drawing_is_answered_by_the_shown_run_with_probabilities_and_blocks(app: OpenApp) -> None:
    app()
    at = put(page(), digit(1))
    text = html(at)
    assert text.count("<section") == 1
    assert text.count('role="listitem"') == 10
    assert text.count("Block ") == 6
    run = cached.run(RunConfig())
    assert run is not None
    image = drawing.as_image(digit(1), Dataset.DIGITS, centered=True)
    snapshot = run.snapshot(run.snapshot_epochs()[-1])
    reading = inference.read(
        run.config.model, snapshot.weights, inference.normalized(image[None], Dataset.DIGITS)
    )  # fmt: skip
    assert f">{int(reading.probabilities.argmax())}</div>" in text
    assert re.search(r"The network answered in \d+ ms", words(at))


def test_pinned_runs_answer_too(app: OpenApp) -> None:
    app()
    at = page()
    at.session_state["lab-setup"] = Setup(pins=(changed(RunConfig(), {"norms": ()}), RunConfig()))
    text = html(put(at, digit()))
    assert text.count("<section") == 2
    assert ">BN</h2>" in text
    assert ">no norm</h2>" in text


def test_a_link_says_which_networks_answer(app: OpenApp) -> None:
    app()
    at = page(norms="none", pins="norms:bn")
    text = html(at)
    assert text.count("<section") == 2
    assert text.index(">no norm</h2>") < text.index(">BN</h2>")
    assert (at.query_params["norms"], at.query_params["pins"]) == ("none", "norms:bn")
    assert at.session_state["config"] == changed(RunConfig(), {"norms": ()}), "the lab shows it too"


def test_a_link_that_asks_in_vain_is_told(app: OpenApp) -> None:
    app()
    at = page(dropuot="0.5")
    assert "dropuot" in str(at.warning[0].value)
    assert html(at).count("<section") == 1


def test_a_test_image_comes_as_it_is_and_the_next_one_at_the_next_click(app: OpenApp) -> None:
    app()
    at, test = page(), images.load(Dataset.DIGITS).test
    of_class = np.flatnonzero(test.labels == 3)
    for place in of_class[:2]:
        at.button_group(key="drawing-test").set_value("3")
        page(at)
        assert np.array_equal(at.session_state["drawing-canvas"], drawing.enlarged(test.images[place]))
        assert at.session_state["drawing-centered"] is False
    assert at.button_group(key="drawing-test").value in (None, [])


def test_buttons_move_and_turn_the_drawing(app: OpenApp) -> None:
    app()
    at = page()
    at.button_group(key="drawing-test").set_value("7")
    page(at)
    before = at.session_state["drawing-canvas"]
    serial = at.session_state["drawing-serial"]
    at.button(key="drawing-move-right").click()
    page(at)
    assert np.array_equal(at.session_state["drawing-canvas"], drawing.moved(before, 1, 0))
    assert at.session_state["drawing-serial"] == serial + 1
    at.button(key="drawing-turn-left").click()
    page(at)
    assert np.array_equal(at.session_state["drawing-canvas"], drawing.turned(drawing.moved(before, 1, 0), -10))
    at.toggle(key="drawing-centered").set_value(True)
    page(at)
    assert at.button(key="drawing-move-right").disabled, "it would change nothing"


def test_a_cleared_pad_begins_centered_again(app: OpenApp) -> None:
    app()
    at = page()
    at.button_group(key="drawing-test").set_value("7")
    page(at)
    put(at, drawing.empty(), serial=9)
    assert at.session_state["drawing-centered"] is True


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"serial": 5},
        {"serial": 5, "ink": "no base64!"},
        {"serial": 5, "ink": "AAAA"},
        {"serial": 1, "ink": told(digit(1))["ink"]},
        {"serial": "5", "ink": told(digit(1))["ink"]},
    ],
)
def test_a_message_that_is_no_news_changes_nothing(app: OpenApp, message: dict[str, Any]) -> None:
    app()
    at = put(page(), digit(), serial=1)
    at.session_state["told"] = message
    assert np.array_equal(page(at).session_state["drawing-canvas"], digit())


def test_where_nothing_is_trained_the_nearest_run_answers_and_the_page_says_so(app: OpenApp) -> None:
    app()
    at = put(page(norms="ln", l2="0.01"), digit())
    assert "the closest finished run answers" in words(at)
    assert "LN" in html(at)


@pytest.mark.parametrize(
    "settings", [{"norms": "ln", "l2": "0.001"}, {"norms": "bn,ln", "l1": "0.001"}, {"norms": "none"}]
)
def test_a_run_that_a_visitor_has_trained_answers(app: OpenApp, store: Store, settings: dict[str, str]) -> None:
    """Settings of which nothing ships."""
    query = {**settings, "epochs": "1", "seed": "41"}
    config, refused = from_query(query)
    assert not refused
    keep(store, config)
    at = put(page(**query), digit())
    assert title(config) in words(at)
    assert "sure" in html(at)


def test_a_run_with_the_weights_of_another_is_refused_in_a_sentence(app: OpenApp, store: Store) -> None:
    """As a folder that was copied together by hand: what Draw would look up is not there."""
    own, other = (from_query({"norms": norm, "epochs": "1", "seed": "41"})[0] for norm in ("ln", "gn"))
    for config in (own, other):
        keep(store, config)
    assert cached.run(own) is not None, "it was whole when the page opened"
    folders = [store.root / run_id(config) for config in (own, other)]
    shutil.copy(folders[1] / "tensors.safetensors", folders[0] / "tensors.safetensors")
    at = put(page(norms="ln", epochs="1", seed="41"), digit())
    told = words(at) + "".join(str(one.value) for one in at.error)
    assert "cannot be asked" in told or "closest finished run" in told


def test_a_missing_data_set_has_no_test_images_but_drawings(app: OpenApp, store: Store) -> None:
    config = changed(RunConfig(), {"dataset": "fashion-mnist", "epochs": 1})
    assert isinstance(cached.run(RunConfig()), Run)
    keep(store, config)
    at = put(page(dataset="fashion-mnist", epochs="1"), digit())
    assert "Ankle boot" in html(at)
    at.button_group(key="drawing-test").set_value("Bag")
    assert "normlab fetch fashion-mnist" in words(page(at))


def test_five_networks_answer_in_less_than_two_hundred_milliseconds(app: OpenApp) -> None:
    app()
    run = cached.run(RunConfig())
    assert run is not None
    networks = [Network(run, run.snapshot(run.snapshot_epochs()[-1]), "BN", "#000000")] * 5
    times = []
    for _ in range(3):
        start = time.perf_counter()
        answers.cards(answers.ask(networks, digit(), centered=True))
        times.append(time.perf_counter() - start)
    assert min(times) < 0.2


def test_names_in_cards_are_escaped(app: OpenApp) -> None:
    app()
    run = cached.run(RunConfig())
    assert run is not None
    network = Network(run, run.snapshot(run.snapshot_epochs()[-1]), "<b>BN</b>", "#000000")
    assert "<b>" not in answers.cards(answers.ask([network], digit(), centered=True))
