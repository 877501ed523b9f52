"""Curves: one metric of every arm over the epochs, with a band over its seeds."""

from collections.abc import Sequence

import streamlit as st

from normlab import frames
from normlab.app.compare.legend import colors
from normlab.app.compare.views import AXIS, BAND, METRIC
from normlab.app.shell import tables
from normlab.app.shell.controls import box, buttons, is_zoomed
from normlab.app.shell.figure import figure
from normlab.charts import compare as charts
from normlab.charts.curves import cut_off, overlay_limits
from normlab.frames import BANDS, Band, Group, Metric
from normlab.numerals import number

_METRIC = "What is drawn over the epochs. Scores are measured after each epoch, dropout off."
_BAND = "The seeds of a setting as a band around their median, or as one line each."
_TEXT = {
    Band.SPREAD: "Line: median. Band: the middle half of the seeds.",
    Band.INTERVAL: "Line: median. Band: its 95 % interval (all seeds if fewer than six). Overlapping bands do not mean "
    "that settings are alike: see Results.",
    Band.SEEDS: "One line per seed.",
}


def show(shown: Sequence[Group]) -> None:
    """Draw the chosen metric of every arm."""
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    with left:
        metric = box(METRIC, "Metric", words=lambda item: f"{item.label} ({item.unit})", help=_METRIC)
    with middle:
        band = buttons(BAND, "Band", words=BANDS.__getitem__, help=_BAND)
    with right:
        zoom = is_zoomed(AXIS)
    frame = frames.bands(shown, metric, band)
    if frame.empty:
        st.info(f"Not measured in these runs: {metric.label.lower()}.", icon=":material/hourglass_empty:")
        return
    palette = colors(shown)
    low, high = overlay_limits(frame, metric.unit, zoom=zoom)
    epochs = max(group.arm.config.optim.epochs for group in shown)
    labels, hues = tuple(palette), tuple(palette.values())
    if band is Band.SEEDS:
        spec = charts.seeds(metric.unit, labels, hues, epochs, low, high)
    else:
        spec = charts.bands(metric.unit, labels, hues, epochs, low, high)
    alt = charts.bands_alt(frame, metric.label, metric.unit)
    title = f"{metric.label} ({metric.unit})"
    text = f"{cut_off(frame, 'value', low, high)} {_TEXT[band]}".strip()
    figure(title, frame, spec, key=f"compare-curves-{band}", alt=alt, text=text)
    for text in notes(shown, metric, band):
        st.caption(text)
    tables.as_csv("Curves as CSV", frame, "normlab_compare_curves.csv", key="compare-csv-curves")


def notes(shown: Sequence[Group], metric: Metric, band: Band) -> list[str]:
    """What the picture does not show by itself."""
    told = []
    single = [group.label for group in shown if len(group.runs) == 1]
    if single and band is not Band.SEEDS:
        told.append(f"No band, only one seed: {', '.join(single)}.")
    spreads = {group.label: frames.restlessness(group, metric) for group in shown}
    unit = frames.difference_unit(metric)
    digits = 4 if unit == "nats" else 2
    moving = [f"{label} {number(value, digits)}" for label, value in spreads.items() if value is not None]
    if moving:
        told.append(
            f"How much each curve moves over the later half of its epochs (standard deviation in {unit}, mean over the "
            f"runs): {', '.join(moving)}. Epochs are not replicates: this is not the uncertainty of the means."
        )
    return told
