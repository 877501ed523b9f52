"""The four steps from a value to its normalized output, with the numbers put in, as markdown with formulas."""

from collections.abc import Sequence

import streamlit as st

from normlab.app.worksheet.state import Choice
from normlab.charts.theme import NORM_COLORS
from normlab.choices import Norm
from normlab.describe import NORM_NAMES
from normlab.normmath import EPSILON, Moments, Steps

_ALL = 16
"""So many terms of a sum are written out; of a longer one the first two, the chosen one and the last."""

_BN_MOMENTUM = 0.1


def show(choice: Choice, steps: Steps, *, dark: bool) -> None:
    """Draw one step a box."""
    color = NORM_COLORS[dark][choice.norm]
    for title, formula, text in lines(choice, steps, color):
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{title}**")
            st.markdown(formula)
            if text:
                st.caption(text)


def lines(choice: Choice, steps: Steps, color: str) -> tuple[tuple[str, str, str], ...]:
    """Title, formula and a sentence of each step; results are written in the norm's color."""
    found, count = steps.moments, steps.moments.count
    mean, variance = plain(found.mean), plain(found.variance)
    hat, result = plain(steps.normalized), plain(steps.output)
    terms = _sum([plain(value) for value in steps.values], steps.position, color, most=_ALL)
    distances = [rf"({plain(value)}{_minus(found.mean)})^2" for value in steps.values]
    squares = _sum(distances, steps.position, color, most=4)
    root = rf"\sqrt{{{variance} + {EPSILON:.5f}}}"
    return (
        (
            f"1 · Mean of the {count} values" if count > 1 else "1 · Mean of the one value",
            rf"$\mu = \dfrac{{1}}{{{count}}}\,({terms}) = \dfrac{{{plain(steps.total)}}}{{{count}}} = "
            rf"{_ink(mean, color)}$",
            "",
        ),
        (
            "2 · Variance, biased",
            rf"$\sigma^2 = \dfrac{{1}}{{{count}}}\,\big({squares}\big) = \dfrac{{{plain(steps.squares)}}}{{{count}}} = "
            rf"{_ink(variance, color)}$",
            unbiased(choice.norm, found),
        ),
        (
            "3 · Normalize",
            rf"$\hat x = \dfrac{{x - \mu}}{{\sqrt{{\sigma^2 + \varepsilon}}}} = "
            rf"\dfrac{{{_ink(plain(steps.value), color)}{_minus(found.mean)}}}{{{root}}} = {_ink(hat, color)}$",
            "ε = 0.00001 keeps the root from zero, as in PyTorch.",
        ),
        (
            "4 · Scale and shift",
            rf"$y = \gamma\,\hat x + \beta = {plain(choice.gamma)} \cdot {_factor(steps.normalized)}"
            rf"{_plus(choice.beta)} = {_ink(result, color)}$",
            "γ and β are learned, one of each for a channel; here all channels have the same.",
        ),
    )


def unbiased(norm: Norm, found: Moments) -> str:
    """The unbiased variance and its role."""
    if found.unbiased is None:
        return "One value alone has variance 0 and no unbiased variance: its normalized value is always 0."
    stored = (1 - _BN_MOMENTUM) + _BN_MOMENTUM * found.unbiased
    value = f"Unbiased, divided by {found.count} − 1 = {found.count - 1}: **{found.unbiased:.6g}**."
    if norm is Norm.BN:
        return (
            f"{value} BatchNorm normalizes with the biased variance but stores this one for evaluation: after a first "
            f"batch `running_var` is 0.9 · 1 + 0.1 · {found.unbiased:.6g} = {stored:.6g}."
        )
    return f"{value} {NORM_NAMES[norm]} does not use it: only BatchNorm stores a variance, and stores this one."


def plain(value: float) -> str:
    """To six digits; what rounding makes of zero is zero."""
    return f"{0.0 if abs(value) < 5e-10 else value:.6g}"


def _ink(text: str, color: str) -> str:
    return rf"\textcolor{{{color}}}{{\boldsymbol{{{text}}}}}"


def _minus(value: float) -> str:
    return _plus(-value)


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
