"""Draw: a drawing of one's own, and what trained networks make of it while it is drawn."""

import time

import streamlit as st

from normlab.app.draw import answers, pad
from normlab.app.draw import state as drawn
from normlab.app.draw.answers import Network
from normlab.app.lab import configuration, pins
from normlab.app.lab import page as lab
from normlab.app.shell import appearance, cached, library, page, tab
from normlab.app.shell.fragments import fragment
from normlab.app.shell.page import Page
from normlab.app.shell.words import plain
from normlab.charts.theme import run_colors
from normlab.config import RunConfig
from normlab.identity import canonical
from normlab.labels import difference_labels
from normlab.store import Damage, Run, StoreProblem
from normlab.titles import title

_ABOUT = (
    "The current and pinned networks classify your drawing; pin more in the lab. They learned from small scanned "
    "digits, and pen strokes look different: expect more mistakes than in the lab, or put a test image on the pad."
)
_EMPTY = "Draw on the black square, or put a test image there. The networks answer as you draw."
_EXAMPLE = "**Draw a digit:** your first stroke clears the example."
_ANSWERED = "Each network's answer, how sure it is, and what the drawing does inside."
_NOTHING = "No trained network yet: train one in the lab, then come back."
_NEAREST = "The lab's settings are not trained yet; the closest finished run answers instead."


def _draw() -> None:
    st.title("Draw", anchor=False)
    page.complain()
    try:
        runs, note = _runs()
    except StoreProblem as problem:
        st.error(plain(str(problem)), icon=":material/hard_drive:")
        return
    with st.sidebar:
        _who(runs)
    if note:
        st.info(note, icon=":material/lightbulb:")
    if runs and not tab.wait(tab.DRAWING):
        drawn.take_up()
        _ask(runs)


def _who(runs: list[Run]) -> None:
    st.subheader("Networks", anchor=False)
    if runs:
        st.markdown(f"{title(runs[0].config)}  \n:small[shown in the lab]")
    pins.chips()
    st.caption(_ABOUT)


def _runs() -> tuple[list[Run], str]:
    """The networks to ask, and why they may be others than expected."""
    configs = dict.fromkeys([canonical(configuration.last()), *pins.pinned()])
    runs = [run for config in configs if (run := _kept(config))]
    if runs:
        return runs, ""
    near = [run for config in library.nearest(configuration.last(), 1) if (run := _kept(config))]
    return near, _NEAREST if near else _NOTHING


def _kept(config: RunConfig) -> Run | None:
    """The run, if its last weights were kept."""
    run = cached.run(config)
    return run if run is not None and run.snapshot_epochs() else None


@fragment
def _ask(runs: list[Run]) -> None:
    """The pad and the answers: only they are drawn again after a stroke."""
    left, right = st.columns([1, 2.2], gap="large")
    dataset = runs[0].config.data.dataset
    with left:
        pad.begin(dataset)
        pad.show()
        headline = st.empty()
        centered = pad.controls(dataset)
        drawn.hold()
    with right:
        canvas = drawn.canvas()
        if not canvas.any():
            headline.html(answers.headline([]))
            st.markdown(_EMPTY)
            return
        try:
            networks = _networks(runs)
        except Damage as damage:  # of a file that is read only when it is needed
            st.error(plain(f"A network cannot be asked: {damage}"), icon=":material/broken_image:")
            return
        start = time.perf_counter()
        answered = answers.ask(networks, canvas, centered=centered)
        seconds = time.perf_counter() - start
        headline.html(answers.headline(answered))
        st.markdown(_EXAMPLE if drawn.is_example() else _ANSWERED)
        st.html(answers.cards(answered))
        who = f"{len(answered)} networks" if len(answered) > 1 else "The network"
        st.caption(f"{who} answered in {1000 * seconds:.0f} ms, on the computer that runs this page.")


def _networks(runs: list[Run]) -> list[Network]:
    colors = [appearance.paint(role) for role in run_colors([run.config for run in runs])]
    return [
        Network(run, snapshot, name, color)
        for run, name, color in zip(runs, difference_labels(runs), colors, strict=True)
        if (snapshot := cached.last_snapshot(run.run_id)) is not None
    ]


PAGE = Page("draw", "Draw", ":material/draw:", _draw, lab.PARTS, owner=lab.PAGE.path, needs_store=True)
"""Its state is the lab's: that says which networks answer."""
