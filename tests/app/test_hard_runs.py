"""Every panel with runs that went wrong: what it says can be read, and no number is one that nobody would write."""

import re
from collections.abc import Callable
from dataclasses import replace

import hard_runs
import pytest
import worksheet_kit
from app_store import charts, heard, opened, sound
from hard_runs import HUGE, RUNS
from panels_kit import PANELS, make, page
from streamlit.testing.v1 import AppTest

from normlab.app.compare.views import SECTIONS
from normlab.app.lab.network.picture import legend, picture
from normlab.compare import arm_text
from normlab.identity import base, run_id
from normlab.settings import changed, to_query
from normlab.store import Run, Store

ODD = {
    "a number of more than seven digits": r"(?<![\w.])\d{8,}|\d{1,3}(?:,\d{3}){3,}",
    "a number that only Python writes so": r"\de[+−-]\d",
    "a zero with a minus sign": r"[-−]0(?:\.0+)?(?![\d.·])",
    "what is no number": r"\b(?:nan|NaN|inf|None|NaT)\b",
    "a span without width": r"\b(?:between|from) (\S+) (?:%|std|nats)?\s?(?:\([^)]*\) )?(?:and|to) \1(?![\d.·])",
}


def odd(text: str) -> list[str]:
    """What is in the text that a person would not write, with some words around it."""
    return [
        f"{what}: …{text[max(0, hit.start() - 60) : hit.end() + 30]}…"
        for what, pattern in ODD.items()
        for hit in re.finditer(pattern, text)
    ]


def told(at: AppTest) -> list[str]:
    """Everything on a page that is words: also numbers in large letters, and what charts say of themselves."""
    kinds = (at.markdown, at.caption, at.info, at.warning, at.error, at.title, at.header, at.subheader)
    words = [str(element.value) for kind in kinds for element in kind]
    metrics = [f"{one.label} {one.value} {one.delta}" for one in at.metric]
    html = [re.sub(r"<style.*?</style>|<[^>]*>", " ", str(one.proto.body)) for one in at.get("html")]
    options = [str(option) for kind in (at.selectbox, at.button_group) for one in kind for option in one.options]
    options = [option for option in options if option != "None"]  # no augmentation
    return [*words, *metrics, *html, *options, *(heard(at) if charts(at) else ())]


@pytest.mark.parametrize(
    "text",
    ["460933312.000 std", "−0.00", "it lies between 0 (1) and 0 (6)", "from 3.1 to 3.1", "nan", "1e+06", "1e−09"],
)
def test_the_rule_finds_what_was_once_seen(text: str) -> None:
    assert odd(text)


@pytest.mark.parametrize(
    "text", ["4.61·10⁸", "−0.004", "between 0 (1) and 0.5 (6)", "from 3 to 31", "a run of 60,000 images"]
)
def test_the_rule_lets_through_what_is_well_said(text: str) -> None:
    assert not odd(text)


@pytest.mark.parametrize("epoch", [None, 1])
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("panel", PANELS)
def test_no_panel_says_what_nobody_would_write(panel: str, run: Run, epoch: int | None) -> None:
    at = page(panel, run, epoch=epoch)
    assert told(at)
    assert not [hit for text in told(at) for hit in odd(text)]


@pytest.mark.parametrize("name", ["collapsed", "huge", "diverged at its first step"])
@pytest.mark.parametrize("panel", ["curves", "layers", "weights", "mistakes"])
def test_nor_beside_another_run(panel: str, name: str) -> None:
    for shown, pinned in ((make(), RUNS[name]), (RUNS[name], make())):
        at = page(panel, shown, [pinned])
        assert not [hit for text in told(at) for hit in odd(text)]


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_the_drawn_network_says_how_loud_its_blocks_are_in_numbers_one_can_read(run: Run) -> None:
    drawn = picture(run)
    texts = [legend(run), drawn["label"], *(stage["told"] for stage in drawn["stages"])]
    assert not [hit for text in texts for hit in odd(text)]
    if not run.epochs:
        assert "Once it trains" not in legend(run), "it has trained, and will not again by itself"


def test_a_huge_number_is_written_with_its_power_of_ten() -> None:
    at = page("layers", RUNS["huge"])
    assert f"{HUGE:.2e}".startswith("4.61")
    assert any("4.61·10⁸" in text for text in told(at))


def draw_compare() -> None:  # its source is executed elsewhere
    from normlab.app.compare import page

    page.PAGE.show()


def draw_draw() -> None:
    from normlab.app.draw import page

    page.PAGE.show()


ENDED = ("collapsed", "collapsed, no norm", "huge", "huge, no norm", "tiny", "diverged at its first step")


def asked(run: Run) -> dict[str, str]:
    """The run as an address asks for it: with nothing in it the page would open with another one."""
    return {"norms": "+".join(run.config.model.norms) or "none", **to_query(run.config)}


@pytest.fixture
def kept(store: Store) -> Store:
    """Two seeds of each run that went wrong, beside a setting that learned."""
    for name in ENDED:
        for seed in range(2):
            run = RUNS[name]
            config = changed(run.config, {"seed": seed})
            if store.status(run_id(config)) is None:
                hard_runs.keep(store, replace(run, config=config, run_id=run_id(config)))
    for seed in range(2):
        hard_runs.keep(store, make(norms=("gn",), seed=seed))
    return store


@pytest.mark.parametrize("name", ENDED)
def test_the_lab_says_nothing_odd_of_such_a_run(app: Callable[..., AppTest], kept: Store, name: str) -> None:
    at = app(**asked(RUNS[name]))
    assert "Once it trains" not in "".join(told(at))
    assert not [hit for text in told(at) for hit in odd(text)]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("name", ENDED)
def test_compare_says_nothing_odd_of_such_a_setting(kept: Store, section: str, name: str) -> None:
    picks = [arm_text(base(config)) for config in (make(norms=("gn",)).config, RUNS[name].config)]
    at = opened(draw_compare, a=picks[0], b=picks[1], section=section.lower())
    assert len(told(at)) > 5
    assert not [hit for text in told(at) for hit in odd(text)]


@pytest.mark.parametrize("name", ENDED[:5])
def test_draw_says_nothing_odd_of_such_a_network(kept: Store, name: str) -> None:
    at = opened(draw_draw, **asked(RUNS[name]))
    assert any("says" in text or "answered" in text for text in told(at))
    assert not [hit for text in told(at) for hit in odd(text)]


@pytest.mark.parametrize(
    "sheet", ["3\t3\n3\t3", "0.000000001\t-0.000000001\n0\t0", "-0.001\t-0.002\n0\t0", "9999\t-9999\n1\t1"]
)
@pytest.mark.parametrize("norm", ["bn", "ln", "gn", "in"])
def test_the_worksheet_writes_no_number_as_only_a_program_would(norm: str, sheet: str) -> None:
    at = worksheet_kit.page(norm=norm)
    sound(at.text_area(key="worksheet-text").set_value(sheet).run())
    sound(at.button(key="worksheet-paste").click().run())
    assert not at.error
    assert "Normalize" in worksheet_kit.formulas(at)
    assert not [hit for text in told(at) for hit in odd(text)]
