"""The study's own curves beside ours, a chart an experiment."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from normlab.app.shell import widgets
from normlab.app.shell.controls import box, is_zoomed, take
from normlab.app.shell.figure import figure
from normlab.app.study import source
from normlab.app.study.coverage import untrained
from normlab.app.study.views import ANEW, AXIS, CURVE
from normlab.charts import compare as charts
from normlab.charts.curves import cut_off, overlay_limits
from normlab.charts.theme import INK, RUN_COLORS, Spec, norm_color
from normlab.labels import seeds_text
from normlab.numerals import number
from normlab.presets import STUDY_RECIPE
from normlab.study.results.curves import (
    CURVES,
    OURS,
    OURS_REESTIMATED,
    THEIRS,
    Curve,
    LastEpoch,
    curve_alt,
    frame,
    last_epochs,
)
from normlab.study.results.measured import Results, named_arm
from normlab.study.results.published import EXPERIMENTS, Experiment

_CURVE = "What is drawn over the 25 epochs: the study's published number and ours."


def show() -> None:
    """Draw the chosen curve of the three experiments, and the last epoch in numbers."""
    results = source.results()
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    with left:
        curve: Curve = box(CURVE, "Curve", words=lambda item: f"{item.name} ({item.unit})", help=_CURVE)
    with middle:
        anew = widgets.toggle(
            "Include BN with re-estimated statistics",
            ANEW.value(),
            key=ANEW.key,
            on_change=take,
            args=(ANEW,),
            disabled=curve != CURVES[0],
            help="The same weights, with mean and variance measured anew on training images: see Swings.",
        )
    with right:
        zoom = is_zoomed(AXIS)
    for column, experiment in zip(st.columns(3, gap="medium"), EXPERIMENTS, strict=True):
        with column:
            _chart(experiment, curve, results, zoom=zoom, anew=anew and curve == CURVES[0])
    if curve.note:
        st.caption(curve.note)
    untrained(results, "study")
    _table(last_epochs(results))


def _chart(experiment: Experiment, curve: Curve, results: Results, *, zoom: bool, anew: bool) -> None:
    runs = results.runs("study", experiment.arm)
    has_batch_norm = any(norm.spec.remembers for norm in named_arm(experiment.arm).norms)
    rows = frame(experiment, curve, runs, anew=anew and has_batch_norm)
    spec = spec_of(experiment, rows, curve, zoom=zoom)
    ours = f"ours: {seeds_text(len(runs))}" if runs else "ours: not trained yet"
    figure(
        f"{experiment.name}: {curve.name.lower()} ({curve.unit})",
        rows,
        spec,
        key=f"study-curve-{experiment.arm}",
        alt=curve_alt(experiment, curve, rows),
        text=f"{left_out(rows, curve, zoom=zoom)} Study: 1 seed; {ours}, one line each.".strip(),
    )


def spec_of(experiment: Experiment, rows: pd.DataFrame, curve: Curve, *, zoom: bool) -> Spec:
    """The chart of rows of `findings.curves.frame`."""
    palette = {THEIRS: INK, OURS: _color(experiment), OURS_REESTIMATED: RUN_COLORS[1]}
    shown = [name for name in palette if name in set(rows["arm"])]
    low, high = overlay_limits(rows, curve.unit, zoom=zoom)
    hues = tuple(palette[name] for name in shown)
    return charts.seeds(curve.unit, tuple(shown), hues, STUDY_RECIPE["epochs"], low, high)


def left_out(rows: pd.DataFrame, curve: Curve, *, zoom: bool) -> str:
    """Which epochs its axis leaves out, in a sentence; "" for none."""
    return cut_off(rows, "value", *overlay_limits(rows, curve.unit, zoom=zoom))


def _color(experiment: Experiment) -> str:
    config = source.results().config("study", experiment.arm)
    assert config is not None, "the study's λ is fixed"
    return norm_color(config.model)


def _table(rows: Sequence[LastEpoch]) -> None:
    st.markdown("## Test accuracy after 25 epochs (%)")
    told = pd.DataFrame(
        [(row.name, number(row.study), _span(row.study_range), _ours(row), _span(row.range)) for row in rows],
        columns=[
            "Experiment",
            "Study, one seed",
            "Study, lowest to highest epoch",
            "Ours, mean ± SD of the seeds",
            "Ours, lowest to highest epoch",
        ],
    )
    st.table(told, hide_index=True, border="horizontal")
    st.caption("Lowest and highest from the second epoch on; for ours, over all seeds.")


def _span(limits: tuple[float, float] | None) -> str:
    return "–" if limits is None else f"{number(limits[0])} to {number(limits[1])}"


def _ours(row: LastEpoch) -> str:
    if row.mean is None:
        return "not trained yet"
    around = "" if row.spread is None else f" ± {number(row.spread)}"
    return f"{number(row.mean)}{around} ({seeds_text(row.seeds)})"
