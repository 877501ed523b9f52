"""The same weights under BatchNorm's running, batch and re-estimated statistics, and how far these lie apart."""

from functools import lru_cache

import altair as alt
import pandas as pd

from normlab.charts import hover
from normlab.charts.curves import HEIGHT, above, epochs_axis, quiet
from normlab.charts.layers import BLOCKS
from normlab.charts.scales import accuracy_floor
from normlab.charts.theme import INK, LAYER_NAMES, PRIMARY, RUN_COLORS, Spec, finish, legend, rows
from normlab.choices import Statistics
from normlab.numerals import number

DASHES = {Statistics.RUNNING: (1, 0), Statistics.BATCH: (2, 3), Statistics.REESTIMATED: (6, 3)}
NAMES = {Statistics.RUNNING: "running", Statistics.BATCH: "batch", Statistics.REESTIMATED: "re-estimated"}
MISMATCHES = {"shift": "Distance of the means (std)", "ratio": "Remembered over actual spread"}


@lru_cache(maxsize=64)
def accuracies(epochs: int, low: float) -> Spec:
    """Test accuracy in three modes over the epochs. Rows: `frames.modes(run)`."""
    names = [str(mode) for mode in DASHES]
    base = alt.Chart(rows())
    y = alt.Y("accuracy:Q", title=None, scale=alt.Scale(domain=[low, above(low, 100.0)], nice=False), axis=quiet())
    shown = legend(columns=3, labels={str(mode): name for mode, name in NAMES.items()})
    color = alt.Color("mode:N", scale=alt.Scale(domain=names, range=list(RUN_COLORS[:3])), legend=shown)
    dashes = [list(dash) for dash in DASHES.values()]
    dash = alt.StrokeDash("mode:N", scale=alt.Scale(domain=names, range=dashes), legend=shown)
    lines = base.encode(x=epochs_axis(epochs), y=y, color=color, strokeDash=dash)
    tips = hover.Tips("epoch", "mode", "accuracy", tuple(names), ".2f")
    drawn = alt.layer(hover.lines(lines, tips, ink=INK), hover.moment(lines, ink=INK))
    return finish(drawn, height=HEIGHT)


def accuracy_limit(frame: pd.DataFrame, *, zoom: bool) -> float:
    """Where the vertical axis begins: with `zoom` below all values of the later two thirds of the epochs."""
    if not zoom or frame.empty:
        return 0.0
    return accuracy_floor(frame.loc[frame["epoch"] > frame["epoch"].max() / 3, "accuracy"])


def accuracies_alt(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "Test accuracy with running, batch and re-estimated statistics; no epoch has ended yet."
    last = frame[frame["epoch"] == frame["epoch"].max()]
    facts = ", ".join(
        f"{NAMES[Statistics(mode)]} {number(value)} %"
        for mode, value in zip(last["mode"], last["accuracy"], strict=True)
    )
    return f"Test accuracy over {frame['epoch'].max()} epochs with three statistics of BatchNorm. At the last: {facts}."


@lru_cache(maxsize=64)
def mismatch(field: str, low: float, high: float) -> Spec:
    """How far each block's memory lies from its batch; the line means not at all. Rows: `frames.mismatches`."""
    base = alt.Chart(rows())
    none = 1 if field == "ratio" else 0
    labels = "".join(f"datum.value === '{block}' ? '{LAYER_NAMES[block]}' : " for block in BLOCKS)
    axis = alt.Axis(labelAngle=0, labelExpr=f"{labels}datum.value", grid=False)
    x = alt.X("block:N", title=None, scale=alt.Scale(domain=list(BLOCKS)), axis=axis)
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    y = alt.Y(f"{field}:Q", title=None, scale=scale, axis=quiet())
    tooltip = [
        alt.Tooltip("block:N", title="block"),
        *(alt.Tooltip(f"{name}:Q", title=label.lower(), format=".3f") for name, label in MISMATCHES.items()),
    ]
    stems = base.mark_rule(strokeWidth=2, color=PRIMARY).encode(x=x, y=y, y2=alt.datum(none))
    dots = base.mark_point(filled=True, size=80, opacity=1, color=PRIMARY).encode(x=x, y=y, tooltip=tooltip)
    line = base.mark_rule(color=INK, opacity=0.4, strokeDash=[4, 3]).encode(y=alt.datum(none, scale=scale))
    return finish(alt.layer(stems, dots, line), height=150)


def mismatch_alt(frame: pd.DataFrame, field: str) -> str:
    facts = ", ".join(
        f"{LAYER_NAMES[block]} {number(value, 3)}" for block, value in zip(frame["block"], frame[field], strict=True)
    )
    return f"{MISMATCHES[field]} of every block: {facts}."
