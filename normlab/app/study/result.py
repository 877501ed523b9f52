"""The repetition's main result: one sentence and one chart."""

from collections.abc import Sequence

import streamlit as st

from normlab.app.shell.figure import figure
from normlab.app.study import source
from normlab.app.study.coverage import untrained
from normlab.app.study.curves import left_out, spec_of
from normlab.labels import seeds_text
from normlab.numerals import number
from normlab.store import Run
from normlab.study.results.curves import CURVES, curve_alt, frame
from normlab.study.results.published import EXPERIMENTS
from normlab.study.results.quantities import accuracies, reestimated

_EXPERIMENT = EXPERIMENTS[-1]
"""The one whose curve made the study ask: BN + L1 + L2."""
_LINES = (
    "The study: one seed. Ours: one line per seed, tested as usual and with *re-estimated* statistics: the same "
    "weights, with BatchNorm's mean and variance measured again on training images."
)


def show() -> None:
    """Draw the curve that the study could not explain, and what our seeds say of it."""
    results = source.results()
    untrained(results, "study")
    runs = results.runs("study", _EXPERIMENT.arm)
    if runs:
        st.markdown(f"#### {sentence(runs)}")
    curve = CURVES[0]
    rows = frame(_EXPERIMENT, curve, runs, anew=True)
    figure(
        f"{_EXPERIMENT.name}: {curve.name.lower()} ({curve.unit})",
        rows,
        spec_of(_EXPERIMENT, rows, curve, zoom=True),
        key="study-result",
        alt=curve_alt(_EXPERIMENT, curve, rows),
        text=f"{left_out(rows, curve, zoom=True)} {_LINES}".strip(),
    )


def sentence(runs: Sequence[Run]) -> str:
    """How far accuracy moves over the later epochs, tested as usual and with statistics measured again."""
    usual, again = ([value for run in runs for value in of(run)[1:]] for of in (accuracies, reestimated))
    if not again:
        return f"Tested as usual, {_EXPERIMENT.name} moves between {_span(usual)} ({seeds_text(len(runs))})."
    return (
        f"Tested as usual, {_EXPERIMENT.name} moves between {_span(usual)}. Measure BatchNorm's statistics again, and "
        f"the same weights stay between {_span(again)} ({seeds_text(len(runs))}, epochs 2 to {len(runs[0].epochs)})."
    )


def _span(values: Sequence[float]) -> str:
    return f"{number(min(values), 1)} and {number(max(values), 1)} %"
