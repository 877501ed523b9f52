"""A teacher's link: what it hides, fixes and opens, and that nothing gets past it by a button."""

import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
import synthetic
from app_store import preset_box
from controls_kit import choose_norms, key
from streamlit.testing.v1 import AppTest

from normlab.app.lab import configuration, playing, setup, view
from normlab.app.lab.setup import BUTTONS, HIDEABLE, KEYS, LOCKABLE, PANELS, SECTIONS, Setup, from_query, to_query
from normlab.app.shell.address import PROJECTOR
from normlab.choices import Dataset, Norm
from normlab.config import RunConfig
from normlab.presets import PRESETS
from normlab.settings import SETTINGS, VERSION_KEY, changed
from normlab.titles import title

OpenApp = Callable[..., AppTest]
NO_NORM = changed(RunConfig(), {"norms": ()})

SETUPS = (
    Setup(),
    Setup(hidden=("l1", "l2")),
    Setup(locked=("norms",), panel="Layers"),
    Setup(hidden=HIDEABLE, locked=LOCKABLE),
    Setup(pins=(RunConfig(), changed(RunConfig(), {"norms": ("gn",), "l1": 0.003, "seed": 2})), epoch=0),
)


def keys(at: AppTest) -> set[str]:
    widgets = (*at.select_slider, *at.text_input, *at.button_group, *at.selectbox, *at.toggle, *at.button)
    return {str(widget.key) for widget in widgets}


def said(at: AppTest) -> str:
    return "\n".join(element.value for element in at.warning).replace("\\", "")


def query(at: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}


def link(at: AppTest) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(next(block.value for block in at.code if "http" in block.value)).query))


@pytest.mark.parametrize("setup", SETUPS)
def test_a_set_up_survives_its_way_through_an_address(setup: Setup) -> None:
    assert from_query(to_query(setup)) == (setup, [])


def test_its_names_collide_with_nothing() -> None:
    assert not {*KEYS} & {*SETTINGS, VERSION_KEY}
    assert len(set(HIDEABLE)) == len(HIDEABLE)
    assert set(view.PANELS) == set(PANELS)
    in_sections = {name for section in SECTIONS.values() for name in section}
    assert in_sections == set(SETTINGS) - {"norms", "dropout", "groups", "l1", "l2"}


def test_every_control_has_a_name_of_its_own_to_choose_it_by() -> None:
    names = [setup.label(control) for control in HIDEABLE]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ({"hide": "l1,l9"}, "hide=l9 is not known; choose from preset,"),
        ({"lock": "everything"}, "lock=everything is not known; choose from"),
        ({"lock": "link"}, "lock=link is not known"),
        ({"panel": "Secrets"}, "panel=Secrets is not known; choose one of curves, network, layers"),
        ({"projector": "huge"}, "projector=huge must be true or false"),
        ({"hide": "<b>x</b>"}, "hide=<b>x</b> is not known"),
        ({"pins": "l1:much"}, "Not pinned: l1=much"),
        ({"pins": "norms:gn,wings:2"}, "Not pinned: wings=2: there is no such setting"),
        ({"v": "9", "pins": "norms:gn"}, "this link was made for another version"),
        ({"epoch": "-1"}, "epoch=-1 must be a whole number from 0"),
        ({"epoch": "last"}, "epoch=last must be a whole number from 0"),
    ],
)
def test_what_it_does_not_know_is_refused_in_one_sentence(app: OpenApp, address: dict[str, str], sentence: str) -> None:
    at = app(**address)
    assert len(at.warning) == 1
    assert sentence in said(at)
    assert query(at) == ({"hide": "l1"} if address.get("hide") == "l1,l9" else {}), "what is good stays"


def test_of_too_many_pins_only_the_first_are_read() -> None:
    found, refused = from_query({"pins": ";".join(f"seed:{seed}" for seed in range(20_000))})
    assert [config.seed for config in found.pins] == [0, 1, 2, 3]
    assert refused == ["pins holds 20000 runs; no more than the first 4 are pinned."]


@pytest.mark.parametrize("name", SETTINGS)
def test_any_setting_can_be_hidden_and_keeps_its_value(app: OpenApp, name: str) -> None:
    at = app(hide=name, dropout="0.3", norms="gn", l1="0.001", l2="0.001")
    assert key(name) not in keys(at)
    assert len(keys(at) & {key(other) for other in SETTINGS}) == len(SETTINGS) - 1
    before = at.session_state["config"]
    preset_box(at).set_value(PRESETS[1]).run()
    assert not at.exception
    after = at.session_state["config"]
    part = SETTINGS[name].part
    kept = [getattr(getattr(config, part) if part else config, name) for config in (before, after)]
    assert kept[0] == kept[1], "a preset does not reach it"


@pytest.mark.parametrize("name", SETTINGS)
def test_any_setting_can_be_fixed(app: OpenApp, name: str) -> None:
    at = app(lock=name, norms="gn", l1="0.001", l2="0.001")
    widgets = (*at.select_slider, *at.text_input, *at.button_group, *at.selectbox, *at.toggle)
    (control,) = [widget for widget in widgets if widget.key == key(name)]
    assert control.disabled
    assert "locked by the link" in " ".join(caption.value for caption in at.caption)


def test_sections_and_buttons_can_be_hidden(app: OpenApp) -> None:
    at = app(hide="data,training,details,preset,rewind,pin,link,network,panels,time,tour", panel="weights")
    settings = {key for key in keys(at) if not key.startswith(("lab-", "projector-"))}
    assert settings == {"setting-dropout", configuration.ONE, configuration.COMBINE, "setting-l1", "setting-l2"}
    assert not at.sidebar.expander
    assert not [block for block in at.code if "http" in block.value]
    assert {"lab-layer"} <= keys(at), "the panel of the link is open"


def test_a_section_goes_with_its_last_setting(app: OpenApp) -> None:
    at = app(hide=",".join(SECTIONS["data"]))
    assert "Data" not in [expander.label for expander in at.sidebar.expander]


def test_everything_can_be_hidden(app: OpenApp) -> None:
    at = app(hide=",".join(HIDEABLE))
    assert {key.split("-")[0] for key in keys(at)} <= {"lab", "projector"}, "what is in a panel stays"
    assert at.title[0].value


def test_the_train_button_can_be_hidden(app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_WORKERS", "1")
    assert "train" in keys(app(seed="4711"))
    assert "train" not in keys(app(hide=",".join(BUTTONS), seed="4711"))


def test_a_data_sets_recipe_leaves_what_is_fixed(app: OpenApp) -> None:
    at = app(lock="epochs", hide="lr", epochs="7", lr="0.05")
    at.selectbox(key="setting-dataset").set_value(Dataset.FASHION_MNIST).run()
    assert not at.exception
    assert query(at)["dataset"] == "fashion-mnist"
    assert (query(at)["epochs"], query(at)["lr"]) == ("7", "0.05")
    assert query(at)["batch_size"] == "128"


def test_a_run_nearby_is_offered_only_if_it_keeps_what_is_fixed(app: OpenApp) -> None:
    near = {key for key in keys(app(norms="ln", l2="0.01")) if key.startswith("near-")}
    fixed = {key for key in keys(app(norms="ln", l2="0.01", lock="l2")) if key.startswith("near-")}
    assert near
    assert not fixed


def test_the_address_opens_a_panel_and_follows_it(app: OpenApp) -> None:
    at = app(panel="Layers", hide="l1")
    assert at.button_group(key="panel").value == "Layers"
    at.button_group(key="panel").set_value("Log").run()
    assert query(at) == {"panel": "log", "hide": "l1"}
    at.run()
    assert at.button_group(key="panel").value == "Log"
    at.button_group(key="panel").set_value("Curves").run()
    assert query(at) == {"hide": "l1"}


def test_a_teacher_composes_a_link_that_does_what_it_says(app: OpenApp) -> None:
    at = app(norms="none")
    at.button_group(key="panel").set_value("Mistakes").run()
    at.multiselect(key="link-hide").set_value(["l1", "training"])
    at.multiselect(key="link-lock").set_value(["norms"])
    at.toggle(key="link-projector").set_value(True).run()
    assert not at.exception
    assert {"setting-l1", "setting-lr"} <= keys(at), "the teacher's own page stays as it is"
    made = link(at)
    assert {name: made[name] for name in (*KEYS, PROJECTOR) if name in made} == {
        "hide": "l1,training",
        "lock": "norms",
        "panel": "mistakes",
        "projector": "true",
    }
    opened = app(**made)
    assert not said(opened)
    assert not {"setting-l1", "setting-lr"} & keys(opened)
    assert opened.button_group(key=key("norms")).disabled
    assert opened.button_group(key="panel").value == "Mistakes"
    assert link(opened) == made, "it hands the setup on"


def epoch(at: AppTest) -> int:
    [proto] = [one.proto for one in at.get("bidi_component") if one.proto.component_name == "player"]
    shown: int = json.loads(proto.json)["state"]["epoch"]
    return shown


def go_to(at: AppTest, config: RunConfig, epoch: int) -> AppTest:
    """As the player's word takes it over."""
    at.session_state[playing.key(synthetic.run(config))] = epoch
    return at.run()


def test_a_link_opens_the_pinned_runs_and_the_epoch_that_were_shown(app: OpenApp) -> None:
    at = app(norms="none")
    at.button(key="pin").click().run()
    assert query(at) == {"norms": "none", "pins": "norms:none"}
    choose_norms(at, Norm.BN)
    go_to(at, RunConfig(), RunConfig().optim.epochs - 1)
    made = link(at)
    assert made["pins"] == "norms:none"
    assert int(made["epoch"]) == epoch(at) == RunConfig().optim.epochs - 1
    opened = app(**made)
    assert not said(opened)
    assert [button.label for button in opened.button if str(button.key).startswith("unpin")] == [title(NO_NORM)]
    assert epoch(opened) == RunConfig().optim.epochs - 1
    assert link(opened) == made
    go_to(opened, RunConfig(), RunConfig().optim.epochs)
    assert epoch(opened) == RunConfig().optim.epochs, "the link said it once"
    assert "epoch" not in link(opened)
    opened.button(key="unpin-0").click().run()
    assert "pins" not in query(opened)


def test_a_teachers_pins_stay_where_the_link_hides_pinning(app: OpenApp) -> None:
    at = app(pins="norms:none", hide="pin")
    assert not {"pin", "unpin-0"} & keys(at)
    assert any("no norm" in caption.value for caption in at.caption)


def test_where_time_is_hidden_the_page_keeps_a_links_epoch(app: OpenApp) -> None:
    at = app(epoch="3", hide="time")
    assert query(at) == {"epoch": "3", "hide": "time"}
    at.run()
    assert link(at)["epoch"] == "3"
    choose_norms(at, Norm.GN)
    assert "epoch" not in query(at), "another run"


def test_a_pinned_run_that_is_not_here_and_an_epoch_beyond_the_last_are_no_obstacle(app: OpenApp) -> None:
    at = app(pins="norms:gn,l1:0.0007", epoch="900")
    assert not at.exception
    assert not said(at)
    assert at.button(key="unpin-0").label.endswith("(no run here)")
    assert epoch(at) == RunConfig().optim.epochs
