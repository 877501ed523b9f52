"""The sheet on paper: what the browser prints of the page is this alone, one A4 page, with or without the solution."""

from html import escape

import numpy as np
import streamlit as st

from normlab.app.shell.component import component
from normlab.app.worksheet import exercise, state
from normlab.app.worksheet.state import Choice
from normlab.charts.theme import NORM_COLORS, color
from normlab.normmath import EPSILON, Mask, Steps, Values
from normlab.numerals import short
from normlab.worksheet import name, question

_BLANK = '<span class="blank"></span>'
_DIGITS = 5
_ROW, _ROWS, _COLUMNS, _LETTER = 7.4, 130.0, 164.0, 3.9
"""Millimeters: a row of the sheet at most, and all of them, so that the steps still fit the page; all columns, and the
size of letters at most."""
_WIDE = 0.55
"""A digit's width in proportion to the size of letters."""

_print = component(__file__, '<button type="button"></button>')


def show(choice: Choice, values: Values, steps: Steps) -> None:
    """The button that prints, and what it prints, which is not to be seen on the screen."""
    with_solution = state.is_solved()
    label = "Print this sheet with its solution" if with_solution else "Print this exercise"
    _print(key=state.key("print"), data={"label": label})
    st.html(f"<style>{_STYLE}</style>")
    st.html(page(choice, values, steps, with_solution=with_solution))


def page(choice: Choice, values: Values, steps: Steps, *, with_solution: bool) -> str:
    """One printed page as HTML: the sheet, what is to be marked, and the steps with their numbers or with blanks."""
    spec, own = choice.norm.spec, exercise.task(choice, values)
    right = own.right if with_solution else np.zeros(values.shape, dtype=bool)
    shares = f"Shaded: {escape(name(choice.norm, steps.block))}, {spec.covers}."
    first = f"{escape(question(own))} {shares}" if with_solution else escape(question(own))
    tasks = [first, *_steps(choice, steps, with_solution=with_solution)]
    return (
        f'<section class="paper"><header><h2>{spec.title(choice.groups)}</h2>'
        f"<p>{'Solution' if with_solution else 'Name _______________________ Date ______________'}</p></header>"
        f"{_table(values, right, choice)}<ol>{''.join(f'<li>{task}</li>' for task in tasks)}</ol>"
        f"<footer>normlab worksheet. ε = {EPSILON:.5f}, as in PyTorch.</footer></section>"
    )


def _table(values: Values, shaded: Mask, choice: Choice) -> str:
    images, channels, height, width = values.shape
    head = "".join(f'<th class="map" colspan="{width}">Channel {c + 1}</th>' for c in range(channels))
    ink = color(NORM_COLORS[choice.norm], dark=False)
    lines = []
    for n in range(images):
        for h in range(height):
            first = f'<th rowspan="{height}">Image {n + 1}</th>' if h == 0 else ""
            cells = "".join(_cell(values, shaded, choice, (n, c, h, w)) for c in range(channels) for w in range(width))
            lines.append(f'<tr class="{"first" if h == 0 else ""}">{first}{cells}</tr>')
    row = min(_ROW, _ROWS / (images * height))
    longest = max(len(_text(value)) for value in values.ravel().tolist())
    letter = min(_LETTER, _COLUMNS / (channels * width) / (_WIDE * (longest + 1)))
    style = f"--norm: {ink}; --row: {row:.1f}mm; --letter: {letter:.2f}mm"
    return f'<table style="{style}"><tr><th></th>{head}</tr>{"".join(lines)}</table>'


def _cell(values: Values, shaded: Mask, choice: Choice, place: tuple[int, int, int, int]) -> str:
    cell = choice.cell
    kinds = {
        "map": place[3] == 0,
        "shaded": bool(shaded[place]),
        "framed": place == (cell.image, cell.channel, cell.row, cell.column),
    }
    return f'<td class="{" ".join(kind for kind, is_so in kinds.items() if is_so)}">{_text(values[place])}</td>'


def _steps(choice: Choice, steps: Steps, *, with_solution: bool) -> list[str]:
    """A line for each step; without the solution a result is a blank."""
    spec, moments = choice.norm.spec, steps.moments
    count, value = moments.count, _text(steps.value)

    def result(number: float, reckoned: str) -> str:
        return f"{reckoned} = <b>{_text(number)}</b>" if with_solution else _BLANK

    if spec.centers:
        mean, variance = _text(moments.mean), _text(moments.variance)
        lines = [
            f"Mean: μ = {result(moments.mean, f'{_text(steps.total)} / {count}')}",
            f"Variance, divided by the count: σ² = {result(moments.variance, f'{_text(steps.squares)} / {count}')}",
            "Normalize the framed value: x̂ = (x − μ) / √(σ² + ε) = "
            + result(steps.normalized, f"({value} − {_bracketed(mean)}) / √({variance} + ε)"),
        ]
    else:
        square = _text(moments.square)
        lines = [
            f"Mean square: RMS² = {result(moments.square, f'{_text(steps.squares)} / {count}')}",
            "Normalize the framed value: x̂ = x / √(RMS² + ε) = "
            + result(steps.normalized, f"{value} / √({square} + ε)"),
        ]
    gamma, beta = _text(choice.gamma), _text(choice.beta)
    scaled = f"{gamma} · {_bracketed(_text(steps.normalized))}" + (f" + {_bracketed(beta)}" if spec.has_beta else "")
    formula = (
        f"Scale and shift with γ = {gamma}, β = {beta}: y = γ·x̂ + β"
        if spec.has_beta
        else f"Scale with γ = {gamma}: y = γ·x̂"
    )
    return [*lines, f"{formula} = {result(steps.output, scaled)}"]


def _text(value: float) -> str:
    return short(value, _DIGITS).replace("-", "−")


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


_STYLE = """
@media screen { .paper { display: none; } }
@media print {
  @page { size: A4; margin: 14mm; }
  html, body, #root { height: auto !important; overflow: visible !important; background: #fff !important; }
  body *:not(:has(.paper)):not(.paper):not(.paper *) { display: none !important; }
  body *:has(.paper) {
    display: block !important; position: static !important; overflow: visible !important; inset: auto !important;
    height: auto !important; max-height: none !important; min-height: 0 !important; width: auto !important;
    max-width: none !important; margin: 0 !important; padding: 0 !important; border: 0 !important;
    background: #fff !important; transform: none !important;
  }
  .paper { font: 12pt/1.35 Georgia, "Times New Roman", serif; color: #000; break-inside: avoid; }
  .paper header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 1pt solid #000; }
  .paper h2 { font: 700 17pt/1.5 Georgia, "Times New Roman", serif; color: #000; margin: 0; padding: 0; }
  .paper table { border-collapse: collapse; margin: 6mm 0; width: 100%; table-layout: fixed; font-size: var(--letter); }
  .paper th:first-child { width: 17mm; font-size: 11pt; }
  .paper th.map { font-size: 10pt; }
  .paper th { font-weight: 600; padding: 1mm; border: 0; text-align: center; vertical-align: middle; }
  .paper td { height: var(--row); padding: 0; border: 1px solid #999; text-align: center; }
  .paper td.map { border-left: 2.5px solid #000; }
  .paper td:last-child { border-right: 2.5px solid #000; }
  .paper tr.first td { border-top: 2.5px solid #000; }
  .paper tr:last-child td { border-bottom: 2.5px solid #000; }
  .paper td.shaded {
    background: color-mix(in srgb, var(--norm) 28%, #fff); font-weight: 700;
    print-color-adjust: exact; -webkit-print-color-adjust: exact;
  }
  .paper td.framed { outline: 2.4pt solid #000; outline-offset: -1.2pt; }
  .paper ol { margin: 0; padding-left: 7mm; }
  .paper li { margin: 0 0 5mm; }
  .paper li:has(.blank) { margin-bottom: 9mm; }
  .paper .blank { display: inline-block; width: 62mm; height: 8mm; border-bottom: 0.8pt solid #000; }
  .paper footer { margin-top: 5mm; font-size: 9pt; color: #444; }
}
"""
