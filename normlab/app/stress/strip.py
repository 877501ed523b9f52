"""A handful of test images as the networks see them, with each network's answers below: a table."""

from collections.abc import Sequence
from html import escape
from statistics import median

from normlab.app.shell import appearance
from normlab.app.shell.gallery import data_url
from normlab.app.stress.networks import Network
from normlab.app.stress.results import Look, Seen
from normlab.charts.theme import FAINT, INK, MUTED, ink_on
from normlab.choices import Dataset
from normlab.images import Indices
from normlab.stresses import Stress, pixels, sample, sweeps

_STYLE = """
.stress-strip {{ width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; table-layout: fixed; }}
.stress-strip th, .stress-strip td {{ padding: 0.14rem 0.1rem; text-align: center; border: 0;
  border-bottom: 1px solid {faint}; font-weight: 400; color: {ink}; white-space: nowrap; vertical-align: middle; }}
.stress-strip th:first-child {{ width: 6.4em; text-align: left; }}
.stress-strip :is(th, td):nth-child(2) {{ width: 4.6em; text-align: right; padding-right: 0.9em; }}
.stress-strip img {{ width: 100%; max-width: 3.6rem; image-rendering: pixelated; border-radius: 4px; display: block;
  margin: 0 auto; }}
.stress-strip .mark {{ display: inline-block; width: 0.75em; height: 0.75em; border-radius: 50%;
  margin-right: 0.45em; }}
.stress-strip .answer {{ display: inline-block; min-width: 1.7em; line-height: 1.7em; padding: 0 0.2em;
  border-radius: 4px; overflow: hidden; text-overflow: ellipsis; max-width: 100%; }}
.stress-strip .right {{ color: {muted}; }}
.stress-strip .wrong {{ font-weight: 700; position: relative; }}
.stress-strip .words {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
.stress-strip strong {{ font-size: 1.1em; font-weight: 650; }}
@media (max-width: 640px) {{
  .stress-strip :is(th, td):nth-child(n + 8) {{ display: none; }}
  .stress-strip th:first-child {{ width: 6em; }}
  .stress-strip :is(th, td):nth-child(2) {{ width: 4.2em; padding-right: 0.5em; }}
  .stress-strip strong {{ font-size: 1em; }}
}}
"""


def shown(dataset: Dataset) -> Indices:
    """The first image of each class, by their numbers in the sample."""
    images: Indices = sweeps.shown(dataset)[:: sweeps.SHOWN_OF_A_CLASS]
    return images


def table(networks: Sequence[Network], look: Look, stress: Stress) -> str:
    """HTML: a column an image, a row a network, with its accuracy (the median of its seeds) and the answers of the seed
    that stands for it."""
    dataset = networks[0].dataset
    rows = "".join(_row(network, look) for network in networks)
    head = f'<th scope="col">Network</th><th scope="col">Median</th>{_images(stress, dataset)}'
    label = 'aria-label="Test images as the networks see them, and what each answers"'
    return f'<style>{style()}</style><table class="stress-strip" {label}><tr>{head}</tr>{rows}</table>'


def style() -> str:
    """CSS of these tables."""
    roles = {"faint": FAINT, "ink": INK, "muted": MUTED}
    return _STYLE.format(**{name: appearance.paint(role) for name, role in roles.items()})


def picture(stress: Stress, dataset: Dataset, image: int) -> str:
    """One of them as a data URL."""
    return data_url(pixels(stress, dataset, [image])[0])


def mark(network: Network) -> str:
    """HTML: its color and its name."""
    color = appearance.paint(network.color)
    return f'<span class="mark" aria-hidden="true" style="background:{color}"></span>{escape(network.label)}'


def _images(stress: Stress, dataset: Dataset) -> str:
    names, labels = dataset.spec.labels, sample(dataset).labels
    cells = []
    for image in shown(dataset):
        name = escape(names[labels[image]])
        source = picture(stress, dataset, image)
        cells.append(f'<th scope="col"><img src="{source}" alt="Image {image}: {name}" title="{name}"></th>')
    return "".join(cells)


def _row(network: Network, look: Look) -> str:
    color = appearance.paint(network.color)
    right = [now.right for _, now in look.of(network)]
    accuracy = f"<strong>{100 * median(right) / look.images:.1f}</strong> %" if right else "…"
    now = look.now[network.typical]
    names, labels = network.dataset.spec.labels, sample(network.dataset).labels[shown(network.dataset)]
    answers = now.answers[:: sweeps.SHOWN_OF_A_CLASS] if isinstance(now, Seen) else ""
    cells = "".join(
        answer(names[int(said)], is_right=int(said) == label, color=color)
        for said, label in zip(answers, labels, strict=False)
    )
    cells = cells or "<td>…</td>" * len(labels)
    return f'<tr><th scope="row">{mark(network)}</th><td>{accuracy}</td>{cells}</tr>'


def answer(name: str, *, is_right: bool, color: str) -> str:
    """HTML: a cell; what is wrong stands out, in the network's color."""
    if is_right:
        return f'<td><span class="answer right">{escape(name)}</span></td>'
    style = f"background:{color};color:{ink_on(color)}"
    wrong = '<span class="words">wrong: </span>'
    return f'<td><span class="answer wrong" style="{style}">{wrong}{escape(name)}</span></td>'
