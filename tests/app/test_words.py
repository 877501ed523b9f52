"""Words, numbers and colors are the same wherever they stand."""

import tomllib
from pathlib import Path

import pytest

from normlab.app.shell.words import WORDS, plain
from normlab.charts.theme import BACKGROUND, INK, NORM_COLORS, PRIMARY, color


def test_text_of_unknown_origin_is_shown_and_does_nothing() -> None:
    assert plain("a*b* [c](d)\n$e$ <f>") == r"a\*b\* \[c\]\(d\) \$e\$ \<f\>"
    assert len(plain("x" * 10_000)) == 240


@pytest.mark.parametrize(
    "text",
    ["www.evil.example", "https://evil.example", "me@evil.example", ":material/home:", ":smile:", "-> b", "1. x"],
)
def test_what_streamlit_looks_for_after_the_markdown_is_cut(text: str) -> None:
    shown = plain(text).replace("\\", "")
    assert text not in shown
    assert shown.replace("\N{WORD JOINER}", "") == text


def test_letters_that_are_not_seen_become_a_space() -> None:
    assert plain("a\n# b\x1b[31m\u202ec\ud800") == r"a \# b \[31m c"


def test_every_choice_has_a_word() -> None:
    for kind, words in WORDS.items():
        assert set(words) == set(kind)


def test_the_theme_has_the_colors_of_the_charts() -> None:
    theme = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    for dark, name in ((False, "light"), (True, "dark")):
        assert theme[name]["primaryColor"] == color(PRIMARY, dark=dark)
        assert theme[name]["backgroundColor"] == color(BACKGROUND, dark=dark)
        assert theme[name]["textColor"] == color(INK, dark=dark)
        assert theme[name]["chartCategoricalColors"] == [color(role, dark=dark) for role in NORM_COLORS.values()]
