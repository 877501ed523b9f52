"""The drawing of the network, and how its blocks open."""

import json
from collections.abc import Callable

import pytest
import synthetic
from streamlit.testing.v1 import AppTest

from normlab.app.lab.network.picture import HEIGHT, WIDTH, legend, picture
from normlab.charts.theme import NORM_COLORS
from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.describe import stages
from normlab.record import Status
from normlab.settings import changed

OpenApp = Callable[..., AppTest]


def drawn(done: int | None = None, **settings: object) -> dict[str, dict[str, object]]:
    config = changed(RunConfig(), {"epochs": 4, **settings})
    status = Status.FINISHED if done is None else Status.RUNNING
    return {item["key"]: item for item in picture(synthetic.run(config, status=status, epochs=done))["stages"]}


def test_every_stage_is_drawn_in_order() -> None:
    config = RunConfig()
    names = [item["name"] for item in picture(synthetic.run(config))["stages"]]
    assert names[0] == "Image"
    assert names[-1] == "Output"
    assert len(names) == len(stages(config.model)) + 2


def test_a_block_names_its_norms_in_their_colors_and_its_dropout() -> None:
    block = drawn(norms=("bn", "gn"), dropout=0.3)["block4"]
    assert block["chips"] == [
        {"text": "drop 0.3", "color": ""},
        {"text": "BN", "color": NORM_COLORS["bn"]},
        {"text": "GN(2)", "color": NORM_COLORS["gn"]},
    ]
    assert "dropout 0.3, BatchNorm, GroupNorm with 2 groups. Output 16 × 8 × 8." in str(block["told"])


@pytest.mark.parametrize("norms", [(), ("bn",), tuple(Norm)])
def test_lines_have_a_point_for_every_epoch_inside_their_field(norms: tuple[str, ...]) -> None:
    for key, item in drawn(norms=norms).items():
        lines = item["lines"]
        assert isinstance(lines, list)
        assert len(lines) == (0 if not key.startswith("block") else 2 if norms else 1)
        for line in lines:
            points = [tuple(map(float, point.split(","))) for point in line["points"].split()]
            assert len(points) == 4
            assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)


def test_while_a_run_trains_only_lines_and_words_change() -> None:
    seen = []
    for done in (0, 1, 3):
        items = drawn(done=done)
        fixed = [{k: v for k, v in item.items() if k not in ("lines", "told", "now")} for item in items.values()]
        lines = [[line["color"] for line in item["lines"]] for item in items.values()]  # type: ignore[attr-defined]
        seen.append(json.dumps([fixed, lines]))
    assert len(set(seen)) == 1


def test_a_run_that_has_told_nothing_is_drawn_without_numbers() -> None:
    block = drawn(done=0)["block1"]
    assert "spread" not in str(block["told"])
    assert block["lines"] == [{"color": "", "points": ""}, {"color": NORM_COLORS["bn"], "points": ""}]


def open_block(block: str) -> None:
    import streamlit as st

    from normlab.app.lab import opening, setup
    from normlab.app.lab.page import PAGE

    PAGE.show()
    opening.block(block)
    st.session_state["told"] = [
        setup.current().panel,
        st.query_params.get("panel"),
        st.query_params.get("block"),
    ]


@pytest.mark.parametrize(
    ("block", "expected"), [("block5", ["Layers", "layers", "block5"]), ("<script>", ["Curves", None, None])]
)
@pytest.mark.usefixtures("app")
def test_choosing_a_block_opens_it_in_the_layers_panel(block: str, expected: list[str | None]) -> None:
    at = AppTest.from_function(open_block, kwargs={"block": block}, default_timeout=30).run()
    assert not at.exception
    assert at.session_state["told"] == expected


@pytest.mark.parametrize(
    ("query", "drawn", "opens"),
    [
        ({}, True, True),
        ({"norms": "ln", "l2": "0.01"}, True, False),  # not trained
        ({"hide": "panels"}, True, False),
        ({"hide": "panels", "panel": "layers"}, True, True),
        ({"hide": "network"}, False, False),
    ],
)
def test_blocks_can_be_chosen_where_the_layers_panel_can_be_open(
    app: OpenApp, query: dict[str, str], drawn: bool, opens: bool
) -> None:
    captions = "\n".join(caption.value for caption in app(**query).caption)
    assert ("ctivation spread" in captions) == drawn
    assert ("Click a block to open it" in captions) == opens


def test_the_drawing_shows_the_epoch_that_the_panels_show() -> None:
    run = synthetic.run(changed(RunConfig(), {"epochs": 4}))
    assert picture(run)["now"] is None
    shown = picture(run, 3)
    assert shown["now"] == 0.75 * WIDTH
    assert "After epoch 3: spread" in shown["stages"][1]["told"]


def test_a_control_that_tells_nothing_keeps_its_last_choice(app: OpenApp) -> None:
    at = app(panel="layers")
    at.button_group(key="lab-block").set_value("block5").run()
    for key in ("lab-block", "lab-overview"):
        at.session_state[key] = None
        at.run()
        assert not at.exception
    assert at.button_group(key="lab-block").value == "block5"
    assert at.button_group(key="lab-overview").value == "output_std"


@pytest.mark.parametrize(
    ("status", "done", "said"),
    [
        (Status.DIVERGED, 0, "This run ended before its first epoch did"),
        (Status.INTERRUPTED, 0, "This run ended before its first epoch did"),
        (Status.RUNNING, 0, "Once it trains: activation spread"),
        (Status.DIVERGED, 2, "Activation spread per epoch"),
    ],
)
def test_the_legend_promises_no_lines_to_a_run_that_has_ended(status: Status, done: int, said: str) -> None:
    run = synthetic.run(changed(RunConfig(), {"epochs": 4}), status=status, epochs=done, steps=None if done else 3)
    assert legend(run).startswith(said)
