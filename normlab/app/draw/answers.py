"""What each network says about the drawing: its probabilities, and what happens in its blocks on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

from normlab import inference
from normlab.app.shell import address
from normlab.app.shell.appearance import paint
from normlab.app.shell.gallery import data_url
from normlab.charts.theme import FAINT, INK, LAYER_NAMES
from normlab.drawing import Canvas, as_image
from normlab.inference import Reading
from normlab.numerals import number
from normlab.record import Floats, Snapshot, StageStats
from normlab.store import Run

_GRID = "display:grid;gap:16px;grid-template-columns:repeat(auto-fill,minmax(min(100%,17em),1fr));font-size:{letters}"
_LETTERS = {False: "1rem", True: "1.66rem"}
"""True on a projector, where the smallest of a card have 28 pixels of 1080."""
_CARD = "border-radius:8px;padding:12px 14px 14px;display:flex;flex-direction:column;gap:10px"
_SEEN = "width:3.5em;height:3.5em;image-rendering:pixelated;border-radius:4px;background:#000;flex:none"
_ROW = "display:grid;grid-template-columns:{label} 1fr 4.3em;gap:8px;align-items:center;line-height:1.35"
_TABLE = "width:100%;border-collapse:collapse;font-size:0.78em;line-height:1.45"
_TABULAR = "font-variant-numeric:tabular-nums;text-align:right;white-space:nowrap"


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A trained network to ask: its run, last snapshot, name among the others, and color."""

    run: Run
    snapshot: Snapshot
    name: str
    color: str


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """`image` (28, 28) is what the network has seen of the drawing."""

    network: Network
    image: npt.NDArray[np.uint8]
    reading: Reading


def ask(networks: Sequence[Network], canvas: Canvas, *, centered: bool) -> list[Answer]:
    """Every network's answer; each sees the drawing as an image of its own data set."""
    return [_ask(network, canvas, centered=centered) for network in networks]


def _ask(network: Network, canvas: Canvas, *, centered: bool) -> Answer:
    config = network.run.config
    image = as_image(canvas, config.data.dataset, centered=centered)
    values = inference.normalized(image[None], config.data.dataset)
    return Answer(network, image, inference.read(config.model, network.snapshot.weights, values))


def cards(answers: Sequence[Answer]) -> str:
    """HTML: a card a network."""
    grid = _GRID.format(letters=_LETTERS[address.is_large()])
    return f'<div style="{grid}">{"".join(_card(answer) for answer in answers)}</div>'


def headline(answers: Sequence[Answer]) -> str:
    """HTML for a phone, where the cards lie below the pad's buttons: what each network says, in a line."""
    lines = [] if answers else ["Draw, and each network answers here."]
    for answer in answers:
        name, share = _best(answer)
        lines.append(f"<div>{escape(answer.network.name)}: <b>{escape(name)}</b>, {_percent(share)} sure</div>")
    return f'<style>{_PHONE}</style><div class="drawing-headline">{"".join(lines)}</div>'


_PHONE = ".drawing-headline { font-size: 0.9rem } @media (min-width: 641px) { .drawing-headline { display: none } }"


def _best(answer: Answer) -> tuple[str, float]:
    """The most probable class, and how probable it is."""
    probabilities = answer.reading.probabilities
    best = int(probabilities.argmax())
    return answer.network.run.config.data.dataset.spec.labels[best], float(probabilities[best])


def _card(answer: Answer) -> str:
    network = answer.network
    style = f"{_CARD};border:1px solid {paint(FAINT)};border-top:4px solid {network.color}"
    name = f'<h2 style="font-size:1em;margin:0;padding:0;line-height:1.3">{escape(network.name)}</h2>'
    parts = (name, _verdict(answer), _bars(answer), _blocks(answer))
    return f'<section style="{style}">{"".join(parts)}</section>'


def _verdict(answer: Answer) -> str:
    name, share = _best(answer)
    seen = f'<img src="{data_url(answer.image)}" alt="The drawing as this network sees it" style="{_SEEN}">'
    said = (
        f'<div style="line-height:1.15"><div style="font-size:1.9em;font-weight:650">{escape(name)}</div>'
        f'<div style="opacity:0.75;font-size:0.85em">{_percent(share)} sure</div></div>'
    )
    return f'<div style="display:flex;gap:12px;align-items:center">{seen}{said}</div>'


def _bars(answer: Answer) -> str:
    names = answer.network.run.config.data.dataset.spec.labels
    row = _ROW.format(label="1em" if max(map(len, names)) < 3 else "6.2em")
    best = int(answer.reading.probabilities.argmax())
    rows = []
    for index, (name, share) in enumerate(zip(names, answer.reading.probabilities, strict=True)):
        bar = f"height:0.6em;border-radius:3px;background:{answer.network.color};width:{100 * share:.1f}%"
        ground = f"background:{paint(FAINT)};border-radius:3px"
        track = f'<span style="{ground}"><span style="display:block;{bar}"></span></span>'
        weight = "font-weight:650" if index == best else ""
        percent = f'<span style="{_TABULAR}">{_percent(float(share))}</span>'
        rows.append(f'<div role="listitem" style="{row};{weight}"><span>{escape(name)}</span>{track}{percent}</div>')
    label = f'aria-label="Probabilities of {escape(answer.network.name)}"'
    return f'<div role="list" {label} style="font-size:0.82em">{"".join(rows)}</div>'


def _blocks(answer: Answer) -> str:
    """Per block: zeros after ReLU, spread before and after the norms; in brackets what training images usually have."""
    usual, has_norm = _usual(answer.network.run), bool(answer.network.run.config.model.norms)
    line = f"border-bottom:1px solid {paint(FAINT)};padding:2px 0 2px 6px;color:{paint(INK)}"
    heads = ["Block", "Zeros", "Spread", *(["Normalized"] if has_norm else [])]
    left, right = f"{line};text-align:left;white-space:nowrap", f"{line};{_TABULAR}"
    rows = [f'<th scope="col" style="{left}">{heads[0]}</th>']
    rows[0] += "".join(f'<th scope="col" style="{right};font-weight:600">{head}</th>' for head in heads[1:])
    for block, stages in answer.reading.blocks.items():
        known = usual.get(block)
        cells = [_cell(stages[0].zeros, known[0].zeros if known else None, percent=True)]
        cells += [_cell(stages[at].std, known[at].std if known else None) for at in ((0, -1) if has_norm else (0,))]
        numbers = "".join(f'<td style="{right}">{cell}</td>' for cell in cells)
        rows.append(f'<th scope="row" style="{left};font-weight:400">{LAYER_NAMES[block]}</th>{numbers}')
    caption = f'<caption style="text-align:left;padding:0 0 2px;opacity:0.75">{_CAPTION}</caption>'
    return f'<table style="{_TABLE}">{caption}{"".join(f"<tr>{row}</tr>" for row in rows)}</table>'


_CAPTION = "Inside, for this drawing (in parentheses: typical of training images)"


def _cell(values: Floats, usual: Floats | None, *, percent: bool = False) -> str:
    """The mean over the channels, and beside it the usual one."""
    average, *rest = (
        f"{100 * part.mean():.0f}" if percent else number(float(part.mean()))
        for part in (values, usual)
        if part is not None
    )
    unit = " %" if percent else ""
    return f'{average}{unit} <span style="opacity:0.7">({rest[0]})</span>' if rest else f"{average}{unit}"


def _usual(run: Run) -> dict[str, Sequence[StageStats]]:
    """The stages of each block on the run's probe batch after its last epoch."""
    last = run.epochs[-1].layers if run.epochs else ()
    return {stats.layer: stats.stages for stats in last if stats.stages}


def _percent(share: float) -> str:
    """Whole percents, but near certainty one decimal: a network is never wholly sure."""
    if share < 0.995:
        return f"{100 * share:.0f} %"
    return f"{100 * share:.1f} %" if share < 0.9995 else "> 99.9 %"
