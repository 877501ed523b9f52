"""What a browser may know of a question, and what it may answer."""

import json

import pytest

from normlab.lessons import (
    DONT_KNOW,
    Answer,
    Axis,
    Choice,
    Number,
    Option,
    Question,
    Refused,
    Reply,
    Scale,
    Sketch,
    Statistic,
    html,
    shipped,
)
from normlab.lessons.markup import faults, words

CHOICE = Choice(
    "q", "**Which** of $0.9^2$?", (Option("a", "`one`", False, "No: SECRET"), Option("b", "two", True, "SECRET"))
)
NUMBER = Number(
    *("q", "How many?", 0.0, 100.0, 0.5, "%", Scale.LINEAR, 2.0, "SECRET-arm", Statistic.MIDDLE),
    (Reply(0.0, 50.0, "SECRET low"), Reply(50.0, 100.0, "SECRET high")),
)
SKETCH = Sketch("q", "Draw it.", Axis("x", 0, 2), Axis("y", 0, 100, "%"), (0.0, 1.0, 2.0), 5.0, "SECRET-arm", "SECRET")


@pytest.mark.parametrize("question", [CHOICE, NUMBER, SKETCH])
def test_nothing_that_is_public_tells_the_answer(question: Question) -> None:
    told = json.dumps(question.public())
    assert "SECRET" not in told
    assert "right" not in told


def test_the_public_part_of_a_choice_is_the_same_whichever_option_is_right() -> None:
    swapped = Choice("q", CHOICE.text, tuple(Option(o.key, o.text, not o.is_right, o.reply) for o in CHOICE.options))
    assert swapped.public() == CHOICE.public()


@pytest.mark.parametrize(
    ("question", "given", "answer"),
    [
        (CHOICE, "b", "b"),
        (CHOICE, DONT_KNOW, DONT_KNOW),
        (NUMBER, 28, 28.0),
        (NUMBER, "28,5", 28.5),
        (NUMBER, DONT_KNOW, DONT_KNOW),
        (SKETCH, [0, 50, 100], (0.0, 50.0, 100.0)),
        (SKETCH, DONT_KNOW, DONT_KNOW),
    ],
)
def test_an_answer_is_read(question: Question, given: object, answer: Answer) -> None:
    assert question.read(given) == answer


@pytest.mark.parametrize(
    ("question", "given"),
    [
        *((CHOICE, given) for given in ("c", "", 1, None, ["a"], {"a": 1}, "a" * 10**6)),
        *((NUMBER, given) for given in (-1, 101, "many", None, True, float("nan"), float("inf"), 10**400, [1])),
        *((SKETCH, given) for given in ([0, 50], [0, 50, 101], [0, 50, None], "050", 7, [0, 1, 2, 3], [True, 1, 2])),
    ],
)
def test_what_is_no_answer_is_refused_in_a_sentence(question: Question, given: object) -> None:
    with pytest.raises(Refused) as refusal:
        question.read(given)
    assert str(refusal.value).endswith(".")
    assert len(str(refusal.value)) < 200


def test_a_wrong_answer_is_answered_and_not_knowing_is_not() -> None:
    assert CHOICE.reply_to("a") == "No: SECRET"
    assert NUMBER.reply_to(10.0, 80.0) == "SECRET low"
    assert NUMBER.reply_to(79.0, 80.0) == ""
    assert SKETCH.reply_to((0.0, 0.0, 0.0), (50.0, 50.0, 50.0)) == "SECRET"
    assert SKETCH.reply_to((48.0, 50.0, 54.0), (50.0, 50.0, 50.0)) == ""
    for question in (CHOICE, NUMBER, SKETCH):
        assert question.reply_to(DONT_KNOW, 80.0) == ""
        assert not question.is_right(DONT_KNOW, 80.0)


def test_a_text_becomes_html_with_mathml_and_nothing_else() -> None:
    text = html(r"**A** `x<y` & $\gamma_1 < 0.9^{125}$ <b onclick=x> $5 and $6")
    assert "<strong>A</strong> <code>x&lt;y</code> &amp; <math" in text
    assert "<msup>" in text
    assert "&lt;b onclick=x&gt;" in text
    assert "$5 and $6" in text
    assert html("40 % of them") == "40\u00a0% of them", "no line begins with a percent sign"


@pytest.mark.parametrize(
    "formula",
    [
        r"\href{javascript:1}{x}",
        r"\text{<b>}",
        r"\style{x}{y}",
        r"\foo",
        "x}",
        "{x",
        "x" * 300,
        r"a&#60;b",
        '<script>"',
    ],
)
def test_a_formula_that_could_carry_more_than_signs_is_refused(formula: str) -> None:
    assert faults(f"${formula}$")
    with pytest.raises(ValueError, match="formula"):
        html(f"${formula}$")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "text <img src=x> more",
        "![a](https://example.org/a.png)",
        "[a](//example.org)",
        "[a](ftp://example.org)",
        "[a](../etc/passwd)",
    ],
)
def test_a_longer_text_holds_no_html_pictures_or_strange_links(text: str) -> None:
    assert faults(text, is_long=True)


@pytest.mark.parametrize(
    "text", ["$a<b$ and **bold**", "[Lab](?norms=bn)", "[s](stress?norms=bn)", "[p](https://x.org/)"]
)
def test_a_longer_text_may_have_formulas_and_links(text: str) -> None:
    assert faults(text, is_long=True) == []


def test_a_formula_counts_as_a_word() -> None:
    assert words(r"one $\frac{1}{2} + 3$ two") == 3


def test_every_shipped_question_can_be_shown() -> None:
    for lesson in shipped():
        for question in (lesson.question, lesson.transfer):
            json.dumps(question.public())
