"""A page's address: what it asks for is taken over or named, and an older one undoes nothing."""

import pytest
from controls_kit import CHANGES, NEEDS, OpenApp, choose_norms, config, held, query, said, widget
from streamlit.testing.v1 import AppTest

from normlab.app.lab import rewind
from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.settings import SETTINGS, changed, flat, from_query, to_query


def stale(at: AppTest) -> AppTest:
    """Change the number of epochs; then let the browser's next event come with the address from before."""
    old = query(at)
    at.text_input(key="setting-epochs").set_value("7").run()
    at.query_params.clear()
    at.query_params.update(old)
    return at


@pytest.mark.parametrize("name", sorted(SETTINGS.keys() - {"epochs", "dataset"}))
def test_a_change_that_comes_with_an_older_address_is_no_link(app: OpenApp, name: str) -> None:
    at = app(**NEEDS.get(name, {}))
    before = config(at)
    stale(at)
    widget(at, name).set_value(held(name, CHANGES[name])).run()
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
    choose_norms(at)
    at.session_state[rewind.key(config(at))] = True
    at.run()
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
        "l1": "2.5e-7",
        "l2": "0.77",
        "label_noise": "0.123",
        "train_size": "51",
        "lr": "1e-6",
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


HOSTILE = [
    ({"dropuot": "0.5"}, "dropuot=0.5: there is no such setting; did you mean dropout?"),
    ({"norm": "ln"}, "norm=ln: there is no such setting; did you mean norms?"),
    ({"bn-momentum": "0.2"}, "did you mean bn_momentum?"),
    ({"dropout": ["0.1", "0.2"]}, "dropout is given twice; its last value, 0.2, was taken"),
    ({"norms": ["bn", "evil"]}, "norms is given twice"),
    ({"norms": ""}, "norms= is empty; it was ignored"),
    ({"dropout": "abc"}, "dropout=abc must be a number from 0 to 0.9"),
    ({"dropout": "2"}, "dropout=2.0 must be a number from 0 to 0.9"),
    ({"dropout": "-0.1"}, "dropout=-0.1 must be"),
    ({"dropout": "nan"}, "dropout=nan must be"),
    ({"dropout": "inf"}, "dropout=inf must be"),
    ({"dropout": ""}, "dropout= is empty; it was ignored"),
    ({"l1": "1e999"}, "l1=inf must be a number from 0 to 1"),
    ({"l2": "1,5"}, "l2=1.5 must be a number"),
    ({"lr": "0"}, "lr=0.0 must be a number from 1e-6 to 10"),
    ({"momentum": "1"}, "momentum=1.0 must be a number from 0 to below 1"),
    ({"epochs": "1.5"}, "epochs=1.5 must be a whole number"),
    ({"epochs": "0"}, "epochs=0 must be a whole number from 1 to 200"),
    ({"epochs": "9" * 400}, "epochs=999"),
    ({"epochs": "9" * 5000}, "epochs=999"),
    ({"seed": "-1"}, "seed=-1 must be a whole number from 0"),
    ({"seed": "0x10"}, "seed=0x10 must be a whole number"),
    ({"norms": "bn+evil"}, "norms=evil is not known; choose one of bn, ln, rms, gn, in"),
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
    ({"dropout": "[a](http://b) $x$ :red[c] **d**"}, "dropout=[a](http://b) $x$ :red[c] **d** must be a number"),
    ({"\u202edropout": "\u0000\ud7ff💥"}, "there is no such setting"),
    ({"block": "block9"}, "block=block9 is not known; choose one of block1, block2"),
    ({"true": "10"}, "true=10 is not known; choose one of any, 0, 1"),
    ({"layer": "<b>"}, "layer=<b> is not known; choose one of block1, block2, transition"),
    ({"axis": "up"}, "axis=up is not known; choose one of full-scale, zoom"),
    ({f"dropout{index}": "1" for index in range(200)}, "188 more of the address's values were ignored"),
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
    at.text_input(key="setting-seed").set_value("1").run()
    assert not said(at)


def test_what_is_good_in_a_bad_address_is_used(app: OpenApp) -> None:
    at = app(dropout="0.3", norms="evil", epochs="3", foo="bar")
    assert to_query(config(at)) == {"dropout": "0.3", "epochs": "3"}
    assert "norms=evil" in said(at)
    assert "foo" not in said(at)
    assert "does not use: foo" in captions(at)


def captions(at: AppTest) -> str:
    return "\n".join(caption.value for caption in at.caption).replace("\\", "")


def show_page() -> None:  # its source is executed elsewhere
    from importlib import import_module

    import streamlit as st

    from normlab.app.shell import address

    page = st.session_state["page"]
    shown = import_module(f"normlab.app.{page}.page").PAGE
    address.arrive(shown.path, shown.state_of)
    shown.show()


def at_page(page: str, **query: str | list[str]) -> AppTest:
    at = AppTest.from_function(show_page, default_timeout=30)
    at.session_state["page"] = page
    at.query_params.update(query)
    at.run()
    assert not at.exception
    return at


PAGES = ("lab", "lessons", "stress", "compare", "study", "worksheet", "draw", "data")


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("where", PAGES)
def test_a_strangers_key_is_named_without_a_warning(where: str) -> None:
    at = at_page(where, **{"utm_source": "moodle", "fbclid": "IwAR0", "<script>alert(1)</script>": "x"})
    assert "does not use: utm_source, fbclid, <script>alert(1)</script>." in captions(at)
    assert "utm" not in said(at)
    assert where == "data" or not query(at), "the address is what is shown"


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("where", PAGES)
def test_every_page_says_what_it_drops(where: str) -> None:
    assert "projector=big must be true or false" in said(at_page(where, projector="big"))
    name = {
        "lab": "lr",
        "draw": "lr",
        "compare": "margin",
        "stress": "contrast",
        "study": "section",
        "worksheet": "gamma",
        "lessons": "lesson",
    }.get(where)
    if name:
        assert f"{name}= is empty; it was ignored" in said(at_page(where, **{name: ""}))
        text = said(at_page(where, **{name: ["0.1", "0.2"]}))
        assert f"{name} is given twice; its last value, 0.2, was taken" in text


@pytest.mark.parametrize("text", ["BN + LN", "bn+ln", "bn ln", "BN,LN", " bn  +ln "])
def test_norms_may_be_written_as_the_page_writes_them(app: OpenApp, text: str) -> None:
    at = app(norms=text)
    assert config(at).model.norms == (Norm.BN, Norm.LN)
    assert not said(at)


def visit() -> None:  # its source is executed elsewhere
    import streamlit as st

    from normlab.app.shell import address

    if st.session_state.pop("clicked", False):
        address.acknowledge()
    page = st.session_state["page"]
    address.arrive(page, page)
    if page != "draw":  # which keeps nothing in its address
        kept = f"kept-{page}"
        st.session_state["news"] = kept not in st.session_state or address.is_news()
        if st.session_state["news"]:
            st.session_state[kept] = address.own().get("shown", "a")
        address.put({"shown": st.session_state[kept]})


def come(at: AppTest, page: str, clicked: bool = False, **query: str) -> bool:
    """Whether the page takes the address for news."""
    at.session_state["page"], at.session_state["clicked"] = page, clicked
    at.query_params.clear()
    at.query_params.update(query)
    return bool(at.run().session_state["news"])


def test_an_address_is_news_unless_the_page_wrote_it_or_was_left_in_between() -> None:
    at = AppTest.from_function(visit)
    assert come(at, "lab"), "the first visit, whatever the address says"
    assert not come(at, "lab", shown="a"), "as it was written"
    assert come(at, "lab", shown="b"), "edited"
    assert come(at, "lab"), "emptied: as it was when it was come to so"
    assert at.session_state["kept-lab"] == "a"
    assert not come(at, "lab", clicked=True, shown="old"), "a click that came with an older address"
    come(at, "draw")
    assert not come(at, "lab"), "back by the menu, which drops the query"
    come(at, "draw", clicked=True)
    assert come(at, "lab", shown="a"), "back by the Back button or a link"
    assert come(at, "study")
    assert come(at, "lab", shown="a"), "what another page wrote counts for nothing"


def test_an_address_without_a_query_means_what_was_shown_when_it_was_come_to_so() -> None:
    at = AppTest.from_function(visit)
    assert come(at, "lab", shown="b")
    come(at, "draw")
    assert not come(at, "lab")
    assert at.query_params == {"shown": "b"}, "so that it can be loaded again"
    assert come(at, "lab", shown="c")
    assert come(at, "lab"), "two steps back"
    assert at.session_state["kept-lab"] == "b"
    assert at.query_params == {}, "to say more would be a step on from where the Back button led"
    assert not come(at, "lab")
    come(at, "draw")
    assert not come(at, "lab")


def test_an_arrival_that_is_cut_off_is_no_news() -> None:
    at = AppTest.from_function(visit)
    come(at, "lab")
    come(at, "draw")
    at.session_state["address-page"] = "lab"  # it got as far as this when the next click came
    assert not come(at, "lab")


@pytest.mark.parametrize("page", ["lab", "compare", "study", "draw"])
def test_a_seed_of_thousands_of_digits_is_refused_in_a_short_sentence(app: OpenApp, page: str) -> None:
    at = AppTest.from_function(open_page, args=(page,), default_timeout=30)
    app()
    query = {"a": "norms:bn,seed:" + "9" * 5_000, "b": "norms:ln"} if page == "compare" else {"seed": "9" * 5_000}
    at.query_params.update(query | ({"section": "swings"} if page == "study" else {}))
    at.run()
    assert not at.exception, at.exception
    told = [str(warning.value) for warning in at.warning if "999" in str(warning.value)]
    assert told, "it is refused, not taken for another seed without a word"
    assert all(len(text) < 1_000 for text in told)


def open_page(page: str) -> None:  # its source is executed elsewhere
    import importlib

    importlib.import_module(f"normlab.app.{page}.page").PAGE.show()
