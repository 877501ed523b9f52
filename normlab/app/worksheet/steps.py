"""The steps from a value to its normalized output, with the numbers put in, as markdown with formulas."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from normlab.app.shell import appearance
from normlab.app.shell.controls import typed
from normlab.app.worksheet import exercise, state
from normlab.app.worksheet.state import Choice
from normlab.charts.theme import NORM_COLORS
from normlab.choices import Norm
from normlab.normmath import EPSILON, Moments, Steps, Values
from normlab.numerals import short

_ALL = 16
"""So many terms of a sum are written out; of a longer one the first two, the chosen one and the last."""

_BN_MOMENTUM = 0.1


def show(choice: Choice, values: Values, steps: Steps) -> None:
    """Draw one step a box; γ and β are set in the last. In the exercise each opens its numbers after the one before."""
    color = appearance.paint(NORM_COLORS[choice.norm])
    boxes = lines(choice, steps, color)
    is_solved = state.is_solved()
    opened = len(boxes) if is_solved else exercise.opened(choice, values)
    tells_count = not exercise.is_on(choice, values)
    for number, step in enumerate(boxes, start=1):
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                st.markdown(f"**{number} · {step.title}{step.count if tells_count else ''}**", width="content")
                st.markdown(step.formula, width="content")
            if number <= opened:
                st.markdown(step.numbers)
            elif number == opened + 1:
                exercise.next_step(choice, values)
            if number == len(boxes):
                _scale(choice.norm)
            if step.note and (number <= opened or not step.note_tells):
                st.caption(step.note)


_LEARNED = (
    (state.GAMMA, "γ", "The scale that the norm learns; it begins at 1."),
    (state.BETA, "β", "The offset that the norm learns; it begins at 0."),
)


def _scale(norm: Norm) -> None:
    with st.container(horizontal=True):
        for view, label, hint in _LEARNED if norm.spec.has_beta else _LEARNED[:1]:
            typed(view, label, help=hint, width=140)


@dataclass(frozen=True, slots=True)
class Line:
    """A step: its name, its formula, the same with the numbers put in, a sentence ("": none), which may tell a result,
    and of how many values it is, to follow the name ("": of one).
    """

    title: str
    formula: str
    numbers: str
    note: str = ""
    note_tells: bool = False
    count: str = ""


def lines(choice: Choice, steps: Steps, color: str) -> tuple[Line, ...]:
    """The steps; results are written in the norm's color."""
    statistics = _centered if choice.norm.spec.centers else _not_centered
    return (*statistics(choice, steps, color), _output(choice, steps, color))


def _centered(choice: Choice, steps: Steps, color: str) -> tuple[Line, ...]:
    """Mean, variance, and what they make of the value."""
    moments, count = steps.moments, steps.moments.count
    mean, variance, hat = plain(moments.mean), plain(moments.variance), plain(steps.normalized)
    terms = _sum([plain(value) for value in steps.values], steps.position, color, most=_ALL)
    distances = [rf"({plain(value)}{_minus(moments.mean)})^2" for value in steps.values]
    squares = _sum(distances, steps.position, color, most=4)
    return (
        Line(
            "Mean",
            r"$\mu = \frac{1}{m}\sum x$",
            rf"$\mu = \dfrac{{1}}{{{count}}}\,({terms}) = \dfrac{{{plain(steps.total)}}}{{{count}}} = "
            rf"{_ink(mean, color)}$",
            count=f" of {_values(count)}",
        ),
        Line(
            "Variance, biased",
            r"$\sigma^2 = \frac{1}{m}\sum (x - \mu)^2$",
            rf"$\sigma^2 = \dfrac{{1}}{{{count}}}\,\big({squares}\big) = \dfrac{{{plain(steps.squares)}}}{{{count}}} = "
            rf"{_ink(variance, color)}$",
            unbiased(choice.norm, moments),
            note_tells=True,
        ),
        Line(
            "Normalize",
            r"$\hat x = (x - \mu)\,/\sqrt{\sigma^2 + \varepsilon}$",
            rf"$\hat x = \dfrac{{{_ink(plain(steps.value), color)}{_minus(moments.mean)}}}"
            rf"{{\sqrt{{{variance} + {EPSILON:.5f}}}}} = {_ink(hat, color)}$",
            _ROOT,
        ),
    )


def _not_centered(choice: Choice, steps: Steps, color: str) -> tuple[Line, ...]:
    """Mean square, and what it makes of the value."""
    moments, count = steps.moments, steps.moments.count
    square, hat = plain(moments.square), plain(steps.normalized)
    terms = _sum([rf"{_factor(value)}^2" for value in steps.values], steps.position, color, most=_ALL)
    return (
        Line(
            "Mean square",
            r"$\mathrm{RMS}^2 = \frac{1}{m}\sum x^2$",
            rf"$\mathrm{{RMS}}^2 = \dfrac{{1}}{{{count}}}\,\big({terms}\big) = "
            rf"\dfrac{{{plain(steps.squares)}}}{{{count}}} = {_ink(square, color)}$",
            "No mean is subtracted. The variance of these values is the mean square minus the squared mean: "
            f"{short(moments.square, 6)} − {_squared(moments.mean)} = {short(moments.variance, 6)}.",
            note_tells=True,
            count=f" of {_values(count)}",
        ),
        Line(
            "Normalize",
            r"$\hat x = x\,/\sqrt{\mathrm{RMS}^2 + \varepsilon}$",
            rf"$\hat x = \dfrac{{{_ink(plain(steps.value), color)}}}{{\sqrt{{{square} + {EPSILON:.5f}}}}} = "
            rf"{_ink(hat, color)}$",
            _ROOT,
        ),
    )


_ROOT = "ε = 0.00001 keeps the root from zero, as in PyTorch."


def _values(count: int) -> str:
    return f"{count} values" if count > 1 else "one value"


def _squared(value: float) -> str:
    """ "0.5²", "(−0.5)²"."""
    return f"({short(value, 6)})²" if value < 0 else f"{short(value, 6)}²"


def _output(choice: Choice, steps: Steps, color: str) -> Line:
    """γ, and β where the norm has it."""
    has_beta = choice.norm.spec.has_beta
    return Line(
        "Scale and shift" if has_beta else "Scale",
        r"$y = \gamma\,\hat x + \beta$" if has_beta else r"$y = \gamma\,\hat x$",
        rf"$y = {plain(choice.gamma)} \cdot {_factor(steps.normalized)}{_plus(choice.beta) if has_beta else ''} = "
        rf"{_ink(plain(steps.output), color)}$",
        "γ and β are learned for each channel; here all channels share them."
        if has_beta
        else f"γ is learned for each channel; here all channels share it. {choice.norm.spec.name} has no β.",
    )


def unbiased(norm: Norm, moments: Moments) -> str:
    """The unbiased variance and its role."""
    if moments.unbiased is None:
        return "One value alone has variance 0 and no unbiased variance: its normalized value is always 0."
    stored = (1 - _BN_MOMENTUM) + _BN_MOMENTUM * moments.unbiased
    unbiased = short(moments.unbiased, 6)
    value = f"Unbiased, divided by {moments.count} − 1 = {moments.count - 1}: **{unbiased}**."
    if norm.spec.remembers:
        return (
            f"{value} {norm.spec.name} normalizes with the biased variance but stores this one for evaluation: after a "
            f"first batch its running variance is 0.9 · 1 + 0.1 · {unbiased} = {short(stored, 6)}."
        )
    return f"{value} {norm.spec.name} does not use it: it stores no variance."


def plain(value: float) -> str:
    """To six digits, as a formula; what rounding makes of zero is zero."""
    mantissa, _, exponent = f"{0.0 if abs(value) < 5e-10 else value:.6g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def _ink(text: str, color: str) -> str:
    return rf"\textcolor{{{color}}}{{\boldsymbol{{{text}}}}}"


def _minus(value: float) -> str:
    text = plain(value)
    return f" + {text[1:]}" if text.startswith("-") else f" - {text}"


def _plus(value: float) -> str:
    text = plain(value)
    return f" - {text[1:]}" if text.startswith("-") else f" + {text}"


def _factor(value: float) -> str:
    text = plain(value)
    return f"({text})" if text.startswith("-") else text


def _sum(terms: Sequence[str], position: int, color: str, *, most: int) -> str:
    """Terms joined by their signs, the chosen one in color, and dots where some are left out."""
    last = len(terms) - 1
    shown = list(range(len(terms))) if len(terms) <= most else sorted({0, 1, position, last})
    parts: list[str] = []
    for before, index in zip([-1, *shown], shown, strict=False):
        if index > before + 1:
            parts.append(r"+ \cdots")
        sign, text = ("-", terms[index][1:]) if terms[index].startswith("-") else ("+", terms[index])
        text = _ink(text, color) if index == position else text
        parts.append(text if not parts and sign == "+" else f"{sign} {text}")
    return " ".join(parts)
