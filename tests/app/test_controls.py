"""Widgets, address and configuration say the same, whatever is done to any of them."""

from typing import Any

import pytest
from app_store import preset_box
from controls_kit import CHANGES, NEEDS, NUMBERS, OpenApp, choose_norms, config, held, query, said, widget

from normlab.app.lab import configuration, sidebar
from normlab.app.lab.setup import SECTIONS
from normlab.choices import Dataset, Norm, Optimizer, Schedule, Widths
from normlab.presets import PRESETS
from normlab.settings import SETTINGS, changed, flat, to_query


def test_every_setting_has_a_widget_and_this_file_changes_each() -> None:
    assert set(CHANGES) == set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_widget_changes_its_setting_and_the_address(app: OpenApp, name: str) -> None:
    at = app(**NEEDS.get(name, {}))
    before = config(at)
    control, value = widget(at, name), CHANGES[name]
    assert control.label == SETTINGS[name].rule.label
    assert not control.disabled
    control.set_value(held(name, value)).run()
    assert not at.exception
    expected = {name: value, **(Dataset.FASHION_MNIST.spec.recipe if name == "dataset" else {})}
    assert config(at) == changed(before, expected) != before
    assert query(at) == to_query(config(at))
    assert not said(at)


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
    at.text_input(key="setting-seed").set_value("5").run()
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


def test_a_number_without_a_slider_is_typed() -> None:
    assert set(configuration.TYPED) == set(NUMBERS)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [("lr", "0,05", 0.05), ("lr", "5e−2", 0.05), ("momentum", ",5", 0.5), ("epochs", " 3 ", 3), ("seed", "1e3", 1000)],
)
def test_a_typed_number_is_read_as_it_is_meant(app: OpenApp, name: str, typed: str, value: float) -> None:
    at = app()
    widget(at, name).set_value(typed).run()
    assert not at.exception
    assert not said(at)
    assert flat(config(at))[name] == value
    assert widget(at, name).value == query(at)[name] == SETTINGS[name].format(value), "one sees how it was read"


@pytest.mark.parametrize(
    ("name", "typed"), [("epochs", "1,000"), ("epochs", "3.0"), ("lr", "abc"), ("lr", ""), ("seed", "9" * 5_000)]
)
def test_what_is_no_number_is_refused_and_stays_in_its_box(app: OpenApp, name: str, typed: str) -> None:
    at = app()
    before = config(at)
    widget(at, name).set_value(typed).run()
    assert not at.exception
    assert f"{name}={typed[:20]}" in said(at)
    assert "number from" in said(at)
    assert (config(at), widget(at, name).value) == (before, typed)


def test_the_buttons_beside_a_number_change_it_within_its_rule(app: OpenApp) -> None:
    at = app(momentum="0.95", seed="0")
    at.button(key="setting-seed-less").click().run()
    assert config(at).seed == 0, "there is no seed −1"
    for _ in range(2):
        at.button(key="setting-seed-more").click().run()
        at.button(key="setting-momentum-more").click().run()
    assert (config(at).seed, config(at).optim.momentum) == (2, 0.95), "momentum stays below 1"
    at.button(key="setting-momentum-less").click().run()
    assert config(at).optim.momentum == 0.9
    widget(at, "seed").set_value("two").run()
    at.button(key="setting-seed-more").click().run()
    assert (config(at).seed, said(at)) == (3, ""), "from the last one that fitted"


def test_one_norm_takes_the_place_of_another_and_any_can_be_combined(app: OpenApp) -> None:
    at = app()
    for norms in ((Norm.LN,), (), (Norm.GN,), (Norm.BN, Norm.IN), (Norm.BN,), (Norm.LN, Norm.GN, Norm.RMS)):
        choose_norms(at, *norms)
        assert not at.exception
        assert set(config(at).model.norms) == set(norms)
    several = config(at)
    assert app(**query(at)).toggle(key=configuration.COMBINE).value, "a link with several opens so"
    at.toggle(key=configuration.COMBINE).set_value(False).run()
    assert config(at).model.norms == several.model.norms[:1], "the first stays"
    assert at.button_group(key=configuration.ONE).value == several.model.norms[0]
    preset_box(at).set_value(PRESETS[1]).run()
    assert at.button_group(key=configuration.ONE).value == configuration.NO_NORM


def test_groups_are_asked_for_only_with_group_norm_and_are_kept_without(app: OpenApp) -> None:
    at = app(norms="gn", groups="1")
    assert at.button_group(key="setting-groups").value == 1
    choose_norms(at, Norm.BN)
    assert "setting-groups" not in [group.key for group in at.button_group]
    choose_norms(at, Norm.BN, Norm.GN)
    assert not at.exception
    assert at.button_group(key="setting-groups").value == 1
    assert config(at).model.norms == (Norm.BN, Norm.GN)
    at.button_group(key="setting-groups").set_value(2).run()
    choose_norms(at, Norm.BN)
    at.text_input(key="setting-seed").set_value("1").run()
    choose_norms(at, Norm.GN)
    assert at.button_group(key="setting-groups").value == config(at).model.groups == 2


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
        ({"l1": "0.001", "l1_scope": "gamma"}, "norms", (), "l1_scope=gamma has nothing to cover"),
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
    control.set_value(held(name, value)).run()
    assert not at.exception
    assert sentence in said(at)
    assert config(at) == before
    assert at.title[0].value


def test_a_folded_part_draws_nothing_and_its_settings_stay(app: OpenApp) -> None:
    at = app(lr="0.02", label_noise="0.1")
    widget(at, "seed").set_value("3").run()
    for name in SECTIONS:
        at.session_state[sidebar.section_key(name)] = False
    at.run()
    drawn = {str(element.key) for element in (*at.text_input, *at.selectbox, *at.toggle, *at.select_slider)}
    assert not drawn & {configuration.key(name) for names in SECTIONS.values() for name in names}
    before = config(at)
    assert (before.optim.lr, before.data.label_noise, before.seed) == (0.02, 0.1, 3)
    choose_norms(at, Norm.LN)
    assert config(at) == changed(before, {"norms": (Norm.LN,)}), "none of them has changed"
    preset_box(at).set_value(PRESETS[1]).run()
    assert config(at) == PRESETS[1].config(), "what is folded follows too"
    at.session_state[sidebar.section_key("training")] = True
    assert widget(at.run(), "lr").value == "0.03"
