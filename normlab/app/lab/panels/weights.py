"""Weights: how large they are, how many are zero, how they are distributed, and the first filters as pictures."""

from collections.abc import Iterable, Sequence

import numpy as np
import streamlit as st

from normlab import frames
from normlab.app.lab import views
from normlab.app.shell.controls import box, buttons
from normlab.app.shell.figure import figure, waiting
from normlab.app.shell.moment import marked, nearest, words
from normlab.charts import weights
from normlab.charts.scales import ceiling
from normlab.charts.theme import LAYER_NAMES
from normlab.labels import difference_labels
from normlab.numerals import number
from normlab.record import Snapshot, Status
from normlab.store import Run

_TEXT = {
    "norm": "Root of the summed squared weights. L2 keeps it small; a norm after the layer undoes its scale.",
    "gradient_norm": "How strongly the data loss, without the penalty, pulls on the weights.",
    "zeros": "Only L1's proximal step sets weights to exactly 0; the subgradient step overshoots.",
    "small": "Weights that hardly matter. L1 pulls many there, L2 few.",
}
_LAYER = "The convolution to show below: in a block, between blocks, or in the head."


def show(run: Run, pinned: Sequence[Run] = (), *, epoch: int | None = None) -> None:
    """Draw the weights' sizes over the epochs, and one layer's weights at a kept epoch."""
    kept = frames.layer_epochs(run)
    others = [other for other in pinned if other.run_id != run.run_id and len(frames.layer_epochs(other)) > 1]
    if not kept:
        st.info(waiting(run, "Weight statistics"), icon=":material/hourglass_empty:")
    elif others and (len(kept) > 1 or run.status is Status.RUNNING):
        _side_by_side([run, others[-1]], epoch)
    else:
        _measures(run, epoch)
    st.divider()
    _snapshot(run, epoch, difference_labels([run, others[-1]])[0] if others else "")


def _side_by_side(runs: Sequence[Run], epoch: int | None) -> None:
    """One number of the shown run and the one pinned last, with the same axes."""
    titles = {name: title for name, (title, _) in weights.MEASURES.items()}
    field = buttons(views.MEASURE, "All layers over the epochs", words=titles.__getitem__)
    measured = [frames.weights(run) for run in runs]
    top = _top(field, [value for frame in measured for value in frame[field]])
    spec = weights.measure(field, max(run.config.optim.epochs for run in runs), top)
    columns, labels = st.columns(2, gap="medium"), difference_labels(runs)
    for place, (column, frame, label) in enumerate(zip(columns, measured, labels, strict=True)):
        with column:
            alt = weights.measure_alt(frame, field)
            shown, key = marked(frame, epoch), f"weights-beside-{place}"
            figure(f"{titles[field]}: {label}", shown, spec, key=key, alt=alt, text=_TEXT[field])


def _measures(run: Run, epoch: int | None) -> None:
    frame, kept = marked(frames.weights(run), epoch), frames.layer_epochs(run)
    once = len(kept) == 1 and run.status is not Status.RUNNING
    if len(kept) < len(run.epochs):
        st.caption(f"Kept for epoch {kept[-1]} only.")
    fields = list(weights.MEASURES)
    for pair in (fields[:2], fields[2:]):
        for column, field in zip(st.columns(2, gap="medium"), pair, strict=True):
            top = _top(field, frame[field])
            spec = weights.measure_once(field, top) if once else weights.measure(field, run.config.optim.epochs, top)
            with column:
                alt = weights.measure_alt(frame, field)
                title = weights.MEASURES[field][0]
                figure(title, frame, spec, key=f"weights-{field}", alt=alt, text=_TEXT[field])


def _top(field: str, values: Iterable[float]) -> float:
    """Where the vertical axis ends."""
    if field not in ("zeros", "small"):
        return ceiling(values)
    top = ceiling([10.0, *values])
    return min(top, 100.0) if top > 50 else top


def _snapshot(run: Run, epoch: int | None, label: str) -> None:
    """One layer at a kept epoch; `label` names the run where two are shown."""
    kept = run.snapshot_epochs()
    if not kept:
        st.info(f"{waiting(run, 'Weights')} Only a few epochs are kept.", icon=":material/hourglass_empty:")
        return
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        layer = box(views.LAYER, "Weights of", words=_name, help=_LAYER)
    right.caption(f"{label}, {words(kept, epoch).lower()}" if label else words(kept, epoch))
    snapshots = [run.snapshot(known) for known in kept]
    snapshot = snapshots[kept.index(nearest(kept, epoch))]
    left, right = st.columns(2, gap="medium")
    with left:
        _histogram(snapshot, snapshots, layer)
    with right:
        _filters(snapshot, snapshots)


def _histogram(snapshot: Snapshot, all_kept: Sequence[Snapshot], layer: str) -> None:
    """The axes hold every kept epoch, so that they stay while one looks through them."""
    array = snapshot.weights[_key(layer)]
    limit = _largest(all_kept, layer)
    frame = frames.weight_histogram(array, limit)
    shares = [frames.weight_histogram(known.weights[_key(layer)], limit)["share"].max() for known in all_kept]
    spec = weights.histogram(limit, ceiling(shares))
    zeros = 100 * float((array == 0).mean())
    spread = f"mean {number(array.mean(), 3)}, standard deviation {number(array.std(), 3)}"
    text = f"{array.size:,} weights: {spread}; {zeros:.1f} % are exactly 0."
    alt = weights.histogram_alt(frame, layer, snapshot.epoch)
    figure(f"Weights of {_name(layer).lower()}, share (%)", frame, spec, key="weights-histogram", alt=alt, text=text)


def _filters(snapshot: Snapshot, all_kept: Sequence[Snapshot]) -> None:
    frame = frames.filters(snapshot.weights[_key("block1")])
    spec = weights.filters(int(frame["filter"].max()), _largest(all_kept, "block1"))
    text = "What the first layer looks for in 3×3 pixels: orange counts for, blue against."
    figure(
        "First filters", frame, spec, key="weights-filters", alt=weights.filters_alt(frame, snapshot.epoch), text=text
    )


def _largest(snapshots: Sequence[Snapshot], layer: str) -> float:
    return ceiling(float(np.abs(snapshot.weights[_key(layer)]).max()) for snapshot in snapshots)


def _key(layer: str) -> str:
    return f"{layer}.conv.weight" if layer.startswith("block") else f"{layer}.weight"


def _name(layer: str) -> str:
    return LAYER_NAMES[layer]
