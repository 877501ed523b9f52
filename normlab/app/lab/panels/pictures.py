"""Take away, its pictures: one figure of the run as a slide or a page has it, as PNG and as SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from normlab import frames
from normlab.app.lab import views
from normlab.app.shell import alternatives
from normlab.app.shell.component import component
from normlab.app.shell.controls import buttons
from normlab.charts import curves, layers, slides
from normlab.charts.curves import scores_alt
from normlab.charts.limits import with_rows
from normlab.charts.scales import ceiling
from normlab.charts.theme import Spec, run_colors
from normlab.labels import difference_labels
from normlab.store import Run
from normlab.titles import title

KEY = "slide"
_HEIGHT = 380
_METRIC = frames.METRICS[0]
_WORDS = {"png": "PNG, 1920 × 1080", "svg": "SVG"}

_component = component(__file__, '<div class="files"></div>')


@dataclass(frozen=True, slots=True)
class Picture:
    """What a figure is called, what its vertical axis measures, how it is made of a run and those beside it, and what
    it shows in words."""

    title: str
    unit: str
    make: Callable[[Run, Sequence[Run]], tuple[pd.DataFrame, Spec]]
    told: Callable[[pd.DataFrame], str]
    compares: bool = False
    """Whether it shows the pinned runs too."""


def _scores(value: str) -> Callable[[Run, Sequence[Run]], tuple[pd.DataFrame, Spec]]:
    def make(run: Run, others: Sequence[Run]) -> tuple[pd.DataFrame, Spec]:
        frame = frames.curves([run])
        low, high = curves.score_limits(frame, value, zoom=False)
        return frame, curves.scores(value, run.config.optim.epochs, low, high)

    return make


def _parts(run: Run, others: Sequence[Run]) -> tuple[pd.DataFrame, Spec]:
    frame = frames.steps(run)
    return frame, curves.parts(run.config.optim.epochs, ceiling([2.5, *frame["data_loss"], *frame["penalty"]]))


def _rate(run: Run, others: Sequence[Run]) -> tuple[pd.DataFrame, Spec]:
    return frames.steps(run), curves.learning_rate(run.config.optim.epochs, ceiling([run.config.optim.lr]))


def _spread(run: Run, others: Sequence[Run]) -> tuple[pd.DataFrame, Spec]:
    frame = frames.overview(run)
    return frame, layers.overview("output_std", run.config.optim.epochs)


def _compared(run: Run, others: Sequence[Run]) -> tuple[pd.DataFrame, Spec]:
    runs = [run, *others]
    frame = frames.overlay(runs, _METRIC)
    low, high = curves.overlay_limits(frame, _METRIC.unit, zoom=False)
    epochs = max(one.config.optim.epochs for one in runs)
    colors = run_colors([one.config for one in runs])
    return frame, curves.overlay(_METRIC.unit, tuple(difference_labels(runs)), colors, epochs, low, high)


PICTURES = {
    "accuracy": Picture("Accuracy", "Accuracy (%)", _scores("accuracy"), lambda rows: scores_alt(rows, "accuracy")),
    "loss": Picture("Loss", "Loss (nats)", _scores("loss"), lambda rows: scores_alt(rows, "loss")),
    "parts": Picture("Data loss and penalty", "Nats", _parts, curves.parts_alt),
    "rate": Picture("Learning rate", "Learning rate", _rate, curves.learning_rate_alt),
    "spread": Picture(
        "Spread of each block's output",
        "Standard deviation",
        _spread,
        lambda rows: layers.overview_alt(rows, "output_std"),
    ),
    "runs": Picture(
        f"{_METRIC.label} of several runs",
        "Accuracy (%)",
        _compared,
        lambda rows: curves.overlay_alt(rows, _METRIC.label, _METRIC.unit),
        compares=True,
    ),
}
assert set(PICTURES) == set(views.PICTURE.options)


def show(run: Run, others: Sequence[Run]) -> None:
    """Draw the choice, the figure, and its two files; of a run without an epoch nothing can be drawn."""
    names = [name for name, one in PICTURES.items() if others or not one.compares]
    if not frames.layer_epochs(run):
        names.remove("spread")
    name = buttons(views.PICTURE, "Figure", names, words=lambda key: PICTURES[key].title, label_visibility="collapsed")
    picture = PICTURES[name]
    shown = [run, *others] if picture.compares else [run]
    about = " | ".join(title(one.config) for one in shown)
    frame, spec = picture.make(run, others)
    spec = slides.slide(spec, title=f"{picture.title} after each epoch", about=about, unit=picture.unit, height=_HEIGHT)
    called = f"{picture.title}: {about}"
    with st.container(key=KEY):
        st.vega_lite_chart(spec=with_rows(spec, frame), key=f"{KEY}-{name}", alt=called, width="stretch", theme=None)
    alternatives.tell(called, picture.told(frame))
    _component(
        key=f"{KEY}-files",
        data={
            "target": f".st-key-{KEY} svg.marks",
            "file": file_name(name, shown),
            "words": _WORDS,
            "width": slides.WIDTH,
            "height": slides.HEIGHT,
        },
    )


def file_name(name: str, runs: Sequence[Run]) -> str:
    """ "accuracy-bn-dropout-0.05-digits-seed-0", without its ending: what it shows, of which runs."""
    words = f"{name} {' vs '.join(title(run.config) for run in runs)}"
    kept = "".join(letter if letter.isalnum() or letter in ".-" else " " for letter in words.lower())
    return "-".join(kept.split())[:120].rstrip("-.")
