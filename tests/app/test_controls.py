"""Widgets, address and configuration say the same, whatever is done to any of them."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from app_store import preset_box
from streamlit.testing.v1 import AppTest

from normlab.app.words import WORDS, number, plain
from normlab.charts.theme import BACKGROUND, INK, NORM_COLORS, PRIMARY
from normlab.choices import Augmentation, Dataset, DropoutPlace, L1Step, Norm, Optimizer, Schedule, Scope, Widths
from normlab.config import RunConfig
from normlab.presets import PRESETS, RECIPES
from normlab.settings import SETTINGS, changed, flat, from_query, to_query

OpenApp = Callable[..., AppTest]

SLIDERS = {"dropout": 0.3, "l1": 1e-4, "l2": 3e-3, "label_noise": 0.2, "train_size": 200}
NUMBERS = {
    "lr": 0.02,
    "momentum": 0.5,
    "batch_size": 64,
    "epochs": 3,
    "seed": 12345,
    "bn_momentum": 0.2,
    "ghost_batch": 16,
}
CHOICES = {
    "norms": [Norm.LN],
    "augmentation": Augmentation.STUDY,
    "optimizer": Optimizer.ADAM,
    "dropout_place": DropoutPlace.AFTER_NORM,
    "widths": Widths.EVEN,
    "l1_scope": Scope.GAMMA,
    "l1_step": L1Step.PROXIMAL,
    "l2_scope": Scope.WEIGHTS,
    "groups": 1,
}
BOXES = {"dataset": Dataset.FASHION_MNIST, "schedule": Schedule.CONSTANT}
TOGGLES = {"validation": False, "study_exact": True, "bn_modes": True}
NEEDS = {
    "l1_scope": {"l1": "0.001"},
    "l1_step": {"l1": "0.001"},
    "l2_scope": {"l2": "0.001"},
    "groups": {"norms": "gn"},
    "study_exact": {"norms": "none"},
}
"""What the address must say for a widget to be there and enabled."""


def widget(at: AppTest, name: str) -> Any:
    key = f"setting-{name}"
    for names, find in (
        (SLIDERS, at.select_slider),
        (NUMBERS, at.number_input),
        (CHOICES, at.button_group),
        (BOXES, at.selectbox),
        (TOGGLES, at.toggle),
    ):
        if name in names:
            return find(key=key)
    raise AssertionError(name)


def config(at: AppTest) -> RunConfig:
    found: RunConfig = at.session_state["config"]
    return found


def query(at: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}


def said(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.warning, *at.error)).replace("\\", "")


CHANGES: dict[str, Any] = {**SLIDERS, **NUMBERS, **CHOICES, **BOXES, **TOGGLES}


def test_every_setting_has_a_widget_and_this_file_changes_each() -> None:
    assert set(CHANGES) == set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_widget_changes_its_setting_and_the_address(app: OpenApp, name: str) -> None:
    at = app(**NEEDS.get(name, {}))
    before = config(at)
    control, value = widget(at, name), CHANGES[name]
    assert control.label == SETTINGS[name].rule.label
    assert not control.disabled
    control.set_value(value).run()
    assert not at.exception
    expected = {name: value, **(RECIPES[Dataset.FASHION_MNIST] if name == "dataset" else {})}
    assert config(at) == changed(before, expected) != before
    assert query(at) == to_query(config(at))
    assert not said(at)


def stale(at: AppTest) -> AppTest:
    """Change the number of epochs; then let the browser's next event come with the address from before."""
    old = query(at)
    at.number_input(key="setting-epochs").set_value(7).run()
    at.query_params.clear()
    at.query_params.update(old)
    return at


@pytest.mark.parametrize("name", sorted(SETTINGS.keys() - {"epochs", "dataset"}))
def test_a_change_that_comes_with_an_older_address_is_no_link(app: OpenApp, name: str) -> None:
    at = app(**NEEDS.get(name, {}))
    before = config(at)
    stale(at)
    widget(at, name).set_value(CHANGES[name]).run()
    assert config(at) == changed(before, {"epochs": 7, name: CHANGES[name]})
    assert query(at) == to_query(config(at))


def test_an_older_address_without_a_change_is_the_back_button(app: OpenApp) -> None:
    at = app()
    before = config(at)
    assert config(stale(at).run()) == before


@pytest.mark.parametrize("key", ["pin", "unpin-0", "projector-on", "rewind-setting"])
def test_a_button_that_is_pressed_with_an_older_address_undoes_nothing(app: OpenApp, key: str) -> None:
    at = app()
    at.button(key="pin").click().run()
    at.button_group(key="setting-norms").set_value([]).run()
    at.query_params.clear()
    match key:
        case "projector-on":
            at.toggle(key=key).set_value(True).run()
        case "rewind-setting":
            at.selectbox(key=key).select("dropout").run()
        case _:
            at.button(key=key).click().run()
    assert not at.exception
    assert config(at).model.norms == ()


@pytest.mark.parametrize("name", SETTINGS)
def test_a_value_from_a_link_that_is_on_no_grid_stays_as_it_is(app: OpenApp, name: str) -> None:
    odd = {
        "dropout": "0.1234567891",
        "l1": "2.5e-07",
        "l2": "0.77",
        "label_noise": "0.123",
        "train_size": "51",
        "lr": "1e-06",
        "momentum": "0.999",
        "bn_momentum": "0.0001",
        "batch_size": "77",
        "epochs": "199",
        "seed": "999999",
        "groups": "7",
    }
    text = odd.get(name) or SETTINGS[name].format(CHANGES[name])
    needs = NEEDS.get(name, {}) if name != "groups" else {}  # 7 groups are held, though no GroupNorm could use them
    at = app(**{**needs, name: text})
    assert not said(at)
    held = config(at)
    assert SETTINGS[name].format(flat(held)[name]) == text
    at.run()
    assert config(at) == held, "drawing the page again changes nothing"
    assert query(at) == to_query(held)


def test_a_link_with_every_setting_gives_exactly_that_configuration(app: OpenApp) -> None:
    wanted = changed(RunConfig(), {"norms": ("ln", "gn"), "dropout": 0.07, "l1": 2e-4, "epochs": 4, "seed": 9})
    at = app(**to_query(wanted, every=True))
    assert config(at) == wanted
    assert query(at) == to_query(wanted), "the address keeps what differs from the defaults"


def test_the_permalink_holds_every_setting_and_the_version(app: OpenApp) -> None:
    at = app(dropout="0.3")
    link = next(block.value for block in at.code if "http" in block.value)
    pairs = dict(pair.split("=") for pair in link.split("?")[1].split("&"))
    assert set(pairs) == {*SETTINGS, "v"}
    assert from_query(pairs)[0] == config(at)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_sets_everything(app: OpenApp, preset: Any) -> None:
    at = app(dropout="0.7", l2="0.1", norms="in", seed="8")
    preset_box(at).set_value(preset).run()
    assert not at.exception
    assert config(at) == preset.config()
    assert preset_box(at).value == preset


def test_another_setting_is_no_preset_but_another_seed_is(app: OpenApp) -> None:
    at = app()
    assert preset_box(at).value == PRESETS[0]
    at.number_input(key="setting-seed").set_value(5).run()
    assert preset_box(at).value == PRESETS[0]
    at.select_slider(key="setting-dropout").set_value(0.4).run()
    assert preset_box(at).value is None


def test_a_preset_that_a_setting_undoes_is_told_in_a_new_box_so_that_an_older_choice_counts_for_nothing(
    app: OpenApp,
) -> None:
    at = app()
    preset_box(at).set_value(PRESETS[1]).run()
    kept = preset_box(at).key
    assert preset_box(at.run()).key == kept, "who chooses stays in the box"
    widget(at, "dropout").set_value(0.3).run()
    assert (preset_box(at).key != kept, preset_box(at).value) == (True, None)


def test_groups_are_asked_for_only_with_group_norm_and_are_kept_without(app: OpenApp) -> None:
    at = app(norms="gn", groups="1")
    assert at.button_group(key="setting-groups").value == 1
    at.button_group(key="setting-norms").set_value([Norm.BN]).run()
    assert "setting-groups" not in [group.key for group in at.button_group]
    at.button_group(key="setting-norms").set_value([Norm.BN, Norm.GN]).run()
    assert not at.exception
    assert at.button_group(key="setting-groups").value == 1
    assert config(at).model.norms == (Norm.BN, Norm.GN)


def test_widgets_that_contradict_each_other_say_so_and_the_last_result_stays(app: OpenApp) -> None:
    at = app(norms="gn", l1="0.0003")
    before, address = config(at), query(at)
    at.button_group(key="setting-groups").set_value(4).run()
    assert not at.exception
    assert said(at).count("groups=4 must divide the channels") == 2, "beside the control and on the page"
    assert (config(at), query(at)) == (before, address)
    at.button_group(key="setting-widths").set_value(Widths.EVEN).run()
    assert not said(at)
    assert config(at).model.groups == 4


@pytest.mark.parametrize(
    ("start", "name", "value", "sentence"),
    [
        ({}, "ghost_batch", 24, "ghost_batch=24 must divide batch_size=32"),
        ({"train_size": "50"}, "batch_size", 64, "batch_size=64 is more than the 50 training images"),
        ({"validation": "false"}, "schedule", Schedule.PLATEAU_VALIDATION, "needs validation=true"),
        ({"l1": "0.001", "l1_scope": "gamma"}, "norms", [], "l1_scope=gamma has nothing to cover"),
        ({"l1": "0.001", "l1_step": "proximal"}, "optimizer", Optimizer.ADAM, "goes with optimizer=sgd"),
        ({}, "momentum", 1.0, "momentum=1.0 must be a number from 0 to below 1"),
    ],
)
def test_every_contradiction_is_one_sentence(
    app: OpenApp, start: dict[str, str], name: str, value: Any, sentence: str
) -> None:
    at = app(**start)
    before = config(at)
    control = at.selectbox(key="setting-schedule") if name == "schedule" else widget(at, name)
    control.set_value(value).run()
    assert not at.exception
    assert sentence in said(at)
    assert config(at) == before
    assert at.title[0].value


HOSTILE = [
    ({"foo": "1"}, "foo=1: there is no such setting"),
    ({"dropout": "abc"}, "dropout=abc must be a number from 0 to 0.9"),
    ({"dropout": "2"}, "dropout=2.0 must be a number from 0 to 0.9"),
    ({"dropout": "-0.1"}, "dropout=-0.1 must be"),
    ({"dropout": "nan"}, "dropout=nan must be"),
    ({"dropout": "inf"}, "dropout=inf must be"),
    ({"dropout": ""}, "dropout= must be a number"),
    ({"l1": "1e999"}, "l1=inf must be a number from 0 to 1"),
    ({"l2": "1,5"}, "l2=1,5 must be a number"),
    ({"lr": "0"}, "lr=0.0 must be a number from 1e-06 to 10"),
    ({"momentum": "1"}, "momentum=1.0 must be a number from 0 to below 1"),
    ({"epochs": "1.5"}, "epochs=1.5 must be a whole number"),
    ({"epochs": "0"}, "epochs=0 must be a whole number from 1 to 200"),
    ({"epochs": "9" * 400}, "epochs=999"),
    ({"epochs": "9" * 5000}, "epochs=999"),
    ({"seed": "-1"}, "seed=-1 must be a whole number from 0"),
    ({"seed": "0x10"}, "seed=0x10 must be a whole number"),
    ({"norms": "bn+evil"}, "norms=evil is not known; choose one of bn, ln, gn, in"),
    ({"norms": "bn+bn"}, "names one of them twice"),
    ({"norms": "批归一化"}, "norms=批归一化 is not known"),
    ({"dataset": "cifar"}, "dataset=cifar is not known"),
    ({"dataset": "../../etc/passwd"}, "dataset=../../etc/passwd is not known"),
    ({"validation": "maybe"}, "validation=maybe must be true or false"),
    ({"norms": "gn", "groups": "3"}, "groups=3 must divide the channels"),
    ({"groups": "9"}, "groups=9 must be a whole number from 1 to 8"),
    ({"train_size": "40000"}, "train_size=40000 is more than the 797 training images of digits"),
    ({"train_size": "7"}, "train_size=7 is too few"),
    ({"batch_size": "1000"}, "batch_size=1000 is more than the 797 training images"),
    ({"ghost_batch": "5"}, "ghost_batch=5 must divide batch_size=32"),
    ({"norms": "none", "l1": "0.1", "l1_scope": "gamma"}, "l1_scope=gamma has nothing to cover"),
    ({"optimizer": "adam", "l1": "0.1", "l1_step": "proximal"}, "goes with optimizer=sgd"),
    ({"schedule": "plateau-validation", "validation": "false"}, "schedule=plateau-validation needs validation=true"),
    ({"v": "99"}, "this link was made for another version"),
    ({"v": "99", "dropout": "0.5"}, "reads version 1"),
    ({"<script>alert(1)</script>": "x"}, "<script>alert(1)</script>=x: there is no such setting"),
    ({"dropout": "[a](http://b) $x$ :red[c] **d**"}, "dropout=[a](http://b) $x$ :red[c] **d** must be a number"),
    ({"\u202edropout": "\u0000\ud7ff💥"}, "there is no such setting"),
    ({"setting-dropout": "0.5"}, "setting-dropout=0.5: there is no such setting"),
    ({f"x{index}": "1" for index in range(200)}, "188 more of the address's values were ignored"),
]


@pytest.mark.parametrize(("address", "sentence"), HOSTILE, ids=lambda value: str(value)[:40])
def test_a_hostile_address_is_named_and_ignored(app: OpenApp, address: dict[str, str], sentence: str) -> None:
    at = app(**address)
    assert len(at.warning) == 1, "one warning holds all that was refused"
    assert sentence in said(at)
    assert len(said(at)) < 4_000
    assert at.title[0].value, "the page is there"
    assert query(at) == to_query(config(at)), "the address says what is shown"
    at.run()
    assert sentence in said(at), "until something is changed"
    at.number_input(key="setting-seed").set_value(1).run()
    assert not said(at)


def test_what_is_good_in_a_bad_address_is_used(app: OpenApp) -> None:
    at = app(dropout="0.3", norms="evil", epochs="3", foo="bar")
    assert to_query(config(at)) == {"dropout": "0.3", "epochs": "3"}
    assert "norms=evil" in said(at)
    assert "foo=bar" in said(at)


def test_text_of_unknown_origin_is_shown_and_does_nothing() -> None:
    assert plain("a*b* [c](d)\n$e$ <f>") == r"a\*b\* \[c\]\(d\) \$e\$ \<f\>"
    assert len(plain("x" * 10_000)) == 240


def test_numbers_are_written_to_their_last_digit_and_short() -> None:
    assert [number(value) for value in (0.0, 2.0, 0.05, 1e-5, 2.5e-7, 0.1234567891)] == [
        "0",
        "2",
        "0.05",
        "1e-5",
        "2.5e-7",
        "0.1234567891",
    ]


def test_every_choice_has_a_word() -> None:
    for kind, words in WORDS.items():
        assert set(words) == set(kind)


def test_the_theme_has_the_colors_of_the_charts() -> None:
    theme = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    assert theme["light"]["primaryColor"] == PRIMARY
    for dark, name in ((False, "light"), (True, "dark")):
        assert theme[name]["backgroundColor"] == BACKGROUND[dark]
        assert theme[name]["textColor"] == INK[dark]
        assert theme[name]["chartCategoricalColors"] == list(NORM_COLORS[dark].values())
